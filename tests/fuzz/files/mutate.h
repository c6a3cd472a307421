#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip::fuzz {

using Random = std::mt19937_64;

/// Below `end`, which is not 0.
std::size_t below(Random& random, std::size_t end);

template <typename T>
const T& one_of(const std::vector<T>& items, Random& random) {
  return items[below(random, items.size())];
}

/// Flips, overwrites, moves, repeats or drops a few bytes at places below `end`; 0 is all.
std::string mutate_bytes(std::string bytes, Random& random, std::size_t end = 0);

/// Of text that consists of words, numbers and quotes: takes pieces from elsewhere in it, puts in
/// numbers and words that are at the edge of something, nests, repeats.
std::string mutate_text(std::string text, Random& random, const std::vector<std::string>& words);

}  // namespace roundtrip::fuzz
