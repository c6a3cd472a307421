#include "runner/plan/order.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

namespace roundtrip {

void shuffle(std::vector<PlannedTest>& plan, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // Not std::shuffle: what it does with the numbers is the library's own.
  for (std::size_t i = plan.size(); i > 1; --i) std::swap(plan[i - 1], plan[random() % i]);
}

void longest_first(std::vector<PlannedTest>& plan,
                   const std::function<std::optional<double>(const PlannedTest&)>& seconds_of) {
  std::vector<std::pair<double, std::size_t>> keys;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    keys.emplace_back(seconds_of(plan[i]).value_or(std::numeric_limits<double>::infinity()), i);
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PlannedTest> ordered;
  for (const auto& [seconds, index] : keys) ordered.push_back(std::move(plan[index]));
  plan = std::move(ordered);
}

void put_first(std::vector<PlannedTest>& plan,
               const std::function<bool(const PlannedTest&)>& is_first) {
  std::stable_partition(plan.begin(), plan.end(), is_first);
}

}  // namespace roundtrip
