#include "runner/plan/filter.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

PlannedTest planned(const std::string& suite, const std::string& test) {
  PlannedTest planned;
  planned.suite = suite;
  planned.test = test;
  planned.class_name = "SerDes" + suite;
  planned.name = test + "_strict";
  return planned;
}

}  // namespace

TEST_CASE("a glob matches the whole derived or the whole original name") {
  const auto test = planned("TestExport", "test_basic");
  CHECK(matches("SerDesTestExport.test_basic_strict", test));
  CHECK(matches("TestExport.test_basic", test));
  CHECK(matches("*basic*", test));
  CHECK(matches("TestExport.test_b?s[ia]c", test));
  CHECK_FALSE(matches("test_basic", test));
  CHECK_FALSE(matches("TestExport", test));
}

TEST_CASE("tests that match any of the globs are selected, in their order") {
  const std::vector<PlannedTest> plan = {planned("A", "a"), planned("A", "b"), planned("B", "a")};
  CHECK(select(plan, {}).size() == 3);
  const auto some = select(plan, {"B.*", "A.a"});
  REQUIRE(some.size() == 2);
  CHECK(some[0].suite == "A");
  CHECK(some[1].suite == "B");
  CHECK(select(plan, {"C.*"}).empty());
}

TEST_CASE("the glob for a name matches that name only, and survives the shell") {
  CHECK(shell_glob_for("A.test_a") == "A.test_a");
  CHECK(shell_glob_for("A.a b") == "'A.a b'");
  CHECK(shell_glob_for("A.x[1]*") == "'A.x\\[1\\]\\*'");
  CHECK(shell_glob_for("A.it's") == "'A.it'\\''s'");
  CHECK(matches("A.x\\[1\\]\\*", planned("A", "x[1]*")));
  CHECK_FALSE(matches("A.x\\[1\\]\\*", planned("A", "x1z")));
}
