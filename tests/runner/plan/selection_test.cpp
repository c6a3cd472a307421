#include "runner/plan/selection.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace roundtrip;

namespace {

std::string words(const std::string& run, bool has_other_runs) {
  PlannedTest test;
  test.class_name = "Suite";
  test.name = "test[1]";
  test.run = run;
  return fmt::format("{}", fmt::join(selection_words(test, has_other_runs), "|"));
}

}  // namespace

TEST_CASE("a test is selected by its derived name and its run, both as they are") {
  const std::string derived = "--filter|derived(\"Suite.test\\[1\\]\")";
  CHECK(words("", false) == derived);
  CHECK(words("", true) == derived + " and run(\"\")");
  CHECK(words("night (a=1)", true) == "--cell|night (a=1)|" + derived);
  CHECK(words("a*", true) == "--cell|a*|" + derived + " and run(\"a\\*\")");
}
