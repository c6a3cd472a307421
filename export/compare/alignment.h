#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip::compare {

/// Two places that belong together, in the first and in the second sequence.
using Pair = std::pair<std::size_t, std::size_t>;

/// The keys of a sequence's items, from the strictest to the loosest: by the first that are equal
/// two items belong together. Each level has a key for every item.
using Keys = std::vector<std::vector<std::string>>;

/// Pairs as many items as it can without crossing, first by the strictest keys and then, between
/// those, by the next ones. In order.
std::vector<Pair> align(const Keys& before, const Keys& after);

}  // namespace roundtrip::compare
