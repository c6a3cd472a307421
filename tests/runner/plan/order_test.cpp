#include "runner/plan/order.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace roundtrip;

TEST_CASE("the seed decides the order, forever and everywhere") {
  Order order = order_of_plan(8);
  shuffle(order, 7);
  CHECK(order == Order{2, 3, 5, 6, 1, 0, 4, 7});
  Order other = order_of_plan(8);
  shuffle(other, 8);
  CHECK(order != other);
  std::sort(other.begin(), other.end());
  CHECK(other == order_of_plan(8));
}

TEST_CASE("the longest come first, and before them those of unknown time, in their order") {
  const std::vector<std::optional<double>> seconds = {1.0, {}, 3.0, 1.0, {}, 2.0};
  Order order = order_of_plan(seconds.size());
  longest_first(order, [&](std::size_t i) { return seconds[i]; });
  CHECK(order == Order{1, 4, 2, 5, 0, 3});
}

TEST_CASE("some may be put first, both parts in their order") {
  Order order = {5, 4, 3, 2, 1, 0};
  put_first(order, [](std::size_t i) { return i % 3 == 0; });
  CHECK(order == Order{3, 0, 5, 4, 2, 1});
}
