#include "export/compare/alignment.h"

#include <doctest/doctest.h>

using namespace roundtrip::compare;

TEST_CASE("items are paired by the strictest keys first, and what lies between by the next") {
  const Keys before = {{"a", "b1", "c", "d"}, {"a", "b", "c", "d"}};
  const Keys after = {{"a", "b2", "x", "c"}, {"a", "b", "x", "c"}};
  CHECK(align(before, after) == std::vector<Pair>{{0, 0}, {1, 1}, {2, 3}});
}

TEST_CASE("sequences too long for a table are paired all the same") {
  constexpr std::size_t kCount = 5000;
  Keys before(1), after(1);
  after[0].push_back("new");
  for (std::size_t i = 0; i < kCount; ++i) {
    before[0].push_back(std::to_string(i % 7));
    after[0].push_back(std::to_string(i % 7));
  }
  before[0].push_back("old");
  CHECK(align(before, after).size() == kCount);
}
