#include "runner/plan/order.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace roundtrip {

Order order_of_plan(std::size_t size) {
  Order order(size);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void shuffle(Order& order, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // Not std::shuffle: what it does with the numbers is the library's own.
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
}

void longest_first(Order& order,
                   const std::function<std::optional<double>(std::size_t)>& seconds_of) {
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  std::vector<std::pair<double, std::size_t>> keys;
  for (const auto index : order) keys.emplace_back(seconds_of(index).value_or(kUnknown), index);
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::transform(keys.begin(), keys.end(), order.begin(),
                 [](const auto& key) { return key.second; });
}

void put_first(Order& order, const std::function<bool(std::size_t)>& is_first) {
  std::stable_partition(order.begin(), order.end(), is_first);
}

}  // namespace roundtrip
