#include "export/graph/call_runs.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

using Depths = std::vector<std::size_t>;

}  // namespace

TEST_CASE("calls whose nodes lie together keep them all") {
  CHECK(depths_of_runs({{""}, {"", "a"}, {"", "a", "a.b"}, {"", "a"}, {""}}) ==
        Depths{1, 2, 3, 2, 1});
  CHECK(depths_of_runs({}).empty());
}

TEST_CASE("of a call whose nodes lie apart the longest run keeps it") {
  CHECK(depths_of_runs({{"", "a"}, {"", "a"}, {""}, {"", "a"}}) == Depths{2, 2, 1, 1});
  CHECK(depths_of_runs({{"", "a", "b"}, {"", "c"}, {"", "a", "b"}, {"", "a", "b"}}) ==
        Depths{1, 2, 3, 3});
  CHECK(depths_of_runs({{"", "a", "b"}, {"", "a"}, {"", "a", "b"}, {"", "a", "b"}}) ==
        Depths{2, 2, 3, 3});
}

TEST_CASE("a node that belongs wherever it is found parts no call") {
  CHECK(depths_of_runs({{"", "a"}, {}, {"", "a"}}) == Depths{2, 0, 2});
}
