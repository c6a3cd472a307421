#include "runner/results/results.h"

#include <doctest/doctest.h>

using namespace roundtrip;
using Status = TestOutcome::Status;

TEST_CASE("an expected failure turns failing into xfailed and passing into xpassed") {
  CHECK(judge(Status::passed, false) == Outcome::passed);
  CHECK(judge(Status::failed, false) == Outcome::failed);
  CHECK(judge(Status::error, false) == Outcome::error);
  CHECK(judge(Status::skipped, false) == Outcome::skipped);
  CHECK(judge(Status::passed, true) == Outcome::xpassed);
  CHECK(judge(Status::failed, true) == Outcome::xfailed);
  CHECK(judge(Status::error, true) == Outcome::xfailed);
  CHECK(judge(Status::skipped, true) == Outcome::skipped);
}

TEST_CASE("a test that was not started is skipped or an error, whatever is expected of it") {
  CHECK(judge_not_started(Status::skipped) == Outcome::skipped);
  CHECK(judge_not_started(Status::failed) == Outcome::error);
  CHECK(judge_not_started(Status::error) == Outcome::error);
}

TEST_CASE("what makes a run fail") {
  PlannedTest test;
  const auto bad_ones = [&] {
    std::string bad;
    for (const Outcome outcome : kOutcomes) {
      const TestResult result = make_result(test, {outcome});
      if (result.is_bad()) bad += std::string(outcome_name(outcome)) + " ";
    }
    return bad;
  };
  CHECK(bad_ones() == "failed error xpassed crashed timed_out ");
  test.settings.strict = false;
  CHECK(bad_ones() == "failed error crashed timed_out ");
  test.settings.flaky = "fail";
  CHECK(bad_ones() == "flaky failed error crashed timed_out ");
  test.quarantine.emplace();
  CHECK(bad_ones() == "");
  CHECK(make_result(test, {Outcome::crashed}).is_excused());
  CHECK_FALSE(make_result(test, {Outcome::passed}).is_excused());
}

TEST_CASE("outcomes are found by their names") {
  for (const Outcome outcome : kOutcomes) CHECK(find_outcome(outcome_name(outcome)) == outcome);
  CHECK_FALSE(find_outcome("lucky"));
}

TEST_CASE("a result is slow when it took longer than its setting, and counts all attempts") {
  PlannedTest test;
  test.settings.slow = 1;
  CHECK(make_result(test, {Outcome::passed, 1.5}).is_slow);
  TestResult result = make_result(test, {Outcome::failed, 0.5});
  CHECK_FALSE(result.is_slow);
  result.attempts.push_back({Outcome::passed, 0.25});
  CHECK(result.seconds() == 0.75);
}
