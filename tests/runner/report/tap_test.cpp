#include "runner/report/tap.h"

#include <doctest/doctest.h>

#include "sample_results.h"

using namespace roundtrip;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("TAP 14: a line for each outcome, with the directives its readers know") {
  const SampleResults sample;
  const std::string text = tap_text(sample.results, {});
  CHECK(text.starts_with("TAP version 14\n1..9\nok 1 - DerivedEven.test_passed_x\n"));
  CHECK(contains(text, "\nok 2 - DerivedOdd.test_flaky_x\n"));
  CHECK(contains(text, "\nok 5 - DerivedEven.test_skipped_x # SKIP because\n"));
  CHECK(contains(text, "\nnot ok 6 - DerivedOdd.test_xfailed_x # TODO serdes\n"));
  CHECK(contains(text, "\nnot ok 7 - DerivedEven.test_xpassed_x\n"));
  CHECK_FALSE(contains(text, "Bail out!"));
}

TEST_CASE("what went wrong stands in a YAML block") {
  const SampleResults sample;
  CHECK(contains(tap_text(sample.results, {}),
                 "\nnot ok 3 - DerivedEven.test_failed_x\n"
                 "  ---\n"
                 "  outcome: failed\n"
                 "  duration: 0.250\n"
                 "  message: |-\n"
                 "    because\n"
                 "    of <failed>\n"
                 "  output: |-\n"
                 "    said ]]> & more\n"
                 "  ...\n"));
}

TEST_CASE("names and reasons cannot be taken for directives; a run cut short bails out") {
  SampleResults sample;
  sample.plan[0].name = "a#b\\c";
  sample.results.planned = 12;
  const std::string text = tap_text(sample.results, {});
  CHECK(contains(text, "\nok 1 - DerivedEven.a\\#b\\\\c\n"));
  CHECK(text.ends_with("Bail out! 3 of 12 tests were not run\n"));
}

TEST_CASE("the shard, what was not run and what was resumed stand in comments") {
  SampleResults sample;
  sample.results.tests[0].is_resumed = true;
  sample.results.not_run = {&sample.plan[1]};
  sample.results.missing = {"a run"};
  const std::string text = tap_text(sample.results, {{2, 3, "CI_NODE_INDEX"}, 9, ""});
  CHECK(contains(text, "1..9\n# shard 2 of 3, by CI_NODE_INDEX\nok 1 - "));
  CHECK(contains(text, "\n# 1 is from the run that this one resumed\n"));
  CHECK(text.ends_with("\n# not run: DerivedOdd.test_flaky_x\nBail out! a run\n"));
}

TEST_CASE("a failure in quarantine is not ok, and excused") {
  SampleResults sample;
  sample.plan[2].quarantine = Quarantine{"unsteady", "", "2027-01-31"};
  CHECK(contains(tap_text(sample.results, {}),
                 "\nnot ok 3 - DerivedEven.test_failed_x # TODO in quarantine: unsteady\n"));
}
