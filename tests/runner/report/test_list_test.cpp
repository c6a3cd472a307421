#include "runner/report/test_list.h"

#include <doctest/doctest.h>

using namespace roundtrip;

namespace {

PlannedTest planned(const std::string& run, const std::string& class_name,
                    const std::string& name) {
  PlannedTest test;
  test.run = run;
  test.class_name = class_name;
  test.name = name;
  return test;
}

std::string tree(const std::vector<PlannedTest>& plan) {
  return test_tree(plan, Terminal(stdout, ColorMode::never));
}

}  // namespace

TEST_CASE("tests stand below their class, with counts and marks") {
  std::vector<PlannedTest> plan = {planned("", "A", "a"), planned("", "B", "b"),
                                   planned("", "A", "c"), planned("", "A", "d")};
  plan[0].xfail = XfailMark{"serdes"};
  plan[1].skip_reason = "needs a GPU";
  plan[1].xfail = XfailMark{"serdes"};
  plan[2].quarantine = Quarantine{"unsteady", "", ""};
  CHECK(tree(plan) ==
        "A  3 tests\n"
        "  a  [xfail: serdes]\n"
        "  c  [quarantine: unsteady]\n"
        "  d\n"
        "B  1 test\n"
        "  b  [skip: needs a GPU]\n"
        "4 tests: 1 to be skipped, 1 expected to fail, 1 in quarantine\n");
  CHECK(test_lines(plan) ==
        "A.a  [xfail: serdes]\n"
        "B.b  [skip: needs a GPU]\n"
        "A.c  [quarantine: unsteady]\n"
        "A.d\n");
}

TEST_CASE("and classes below runs that have names") {
  const std::vector<PlannedTest> plan = {planned("one", "A", "a"), planned("two", "A", "a"),
                                         planned("", "A", "a")};
  CHECK(tree(plan) ==
        "one  1 test\n"
        "  A  1 test\n"
        "    a\n"
        "two  1 test\n"
        "  A  1 test\n"
        "    a\n"
        "A  1 test\n"
        "  a\n"
        "3 tests\n");
}
