#include "export/compare/alignment.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

namespace roundtrip::compare {

namespace {

using Texts = std::vector<std::string>;

struct Range {
  std::size_t begin;
  std::size_t end;
  std::size_t size() const { return end - begin; }
};

/// A table of more cells than this takes too long: what lies between is paired greedily.
constexpr std::size_t kMostCells = 16'000'000;

/// The longest common subsequence, by the table of lengths.
void pair_by_table(const Texts& before, Range a, const Texts& after, Range b,
                   std::vector<Pair>& pairs) {
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> lengths((a.size() + 1) * width);
  const auto length = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return lengths[(i - a.begin) * width + (j - b.begin)];
  };
  for (std::size_t i = a.end; i-- > a.begin;) {
    for (std::size_t j = b.end; j-- > b.begin;) {
      length(i, j) = before[i] == after[j] ? length(i + 1, j + 1) + 1
                                           : std::max(length(i + 1, j), length(i, j + 1));
    }
  }
  for (std::size_t i = a.begin, j = b.begin; i < a.end && j < b.end;) {
    if (before[i] == after[j]) {
      pairs.emplace_back(i++, j++);
    } else {
      length(i + 1, j) >= length(i, j + 1) ? ++i : ++j;
    }
  }
}

/// Each item with the next one that is like it.
void pair_greedily(const Texts& before, Range a, const Texts& after, Range b,
                   std::vector<Pair>& pairs) {
  std::unordered_map<std::string, Texts::size_type> next;
  std::vector<std::size_t> following(after.size(), b.end);
  for (std::size_t j = b.end; j-- > b.begin;) {
    const auto [entry, is_new] = next.try_emplace(after[j], b.end);
    following[j] = entry->second;
    entry->second = j;
  }
  std::size_t from = b.begin;
  for (std::size_t i = a.begin; i < a.end; ++i) {
    const auto entry = next.find(before[i]);
    std::size_t j = entry == next.end() ? b.end : entry->second;
    while (j < from) j = following[j];
    if (j == b.end) continue;
    entry->second = following[j];
    pairs.emplace_back(i, j);
    from = j + 1;
  }
}

/// Pairs by one level of keys.
std::vector<Pair> pair_by(const Texts& before, Range a, const Texts& after, Range b) {
  std::vector<Pair> pairs;
  while (a.size() > 0 && b.size() > 0 && before[a.begin] == after[b.begin]) {
    pairs.emplace_back(a.begin++, b.begin++);
  }
  std::vector<Pair> last;
  while (a.size() > 0 && b.size() > 0 && before[a.end - 1] == after[b.end - 1]) {
    last.emplace_back(--a.end, --b.end);
  }
  const bool is_small = (a.size() + 1) <= kMostCells / (b.size() + 1);
  (is_small ? pair_by_table : pair_greedily)(before, a, after, b, pairs);
  pairs.insert(pairs.end(), last.rbegin(), last.rend());
  return pairs;
}

void align_between(const Keys& before, Range a, const Keys& after, Range b, std::size_t level,
                   std::vector<Pair>& pairs) {
  if (level == before.size() || a.size() == 0 || b.size() == 0) return;
  Range left_a = a, left_b = b;
  for (const auto& [i, j] : pair_by(before[level], a, after[level], b)) {
    align_between(before, {left_a.begin, i}, after, {left_b.begin, j}, level + 1, pairs);
    pairs.emplace_back(i, j);
    left_a.begin = i + 1;
    left_b.begin = j + 1;
  }
  align_between(before, left_a, after, left_b, level + 1, pairs);
}

}  // namespace

std::vector<Pair> align(const Keys& before, const Keys& after) {
  std::vector<Pair> pairs;
  align_between(before, {0, before.front().size()}, after, {0, after.front().size()}, 0, pairs);
  return pairs;
}

}  // namespace roundtrip::compare
