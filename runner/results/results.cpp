#include "runner/results/results.h"

#include <algorithm>

namespace roundtrip {

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::flaky:
      return "flaky";
    case Outcome::failed:
      return "failed";
    case Outcome::error:
      return "error";
    case Outcome::skipped:
      return "skipped";
    case Outcome::xfailed:
      return "xfailed";
    case Outcome::xpassed:
      return "xpassed";
    case Outcome::crashed:
      return "crashed";
    case Outcome::timed_out:
      return "timed_out";
  }
  return "error";
}

std::optional<Outcome> find_outcome(std::string_view name) {
  const auto found = std::find_if(kOutcomes.begin(), kOutcomes.end(),
                                  [&](Outcome outcome) { return outcome_name(outcome) == name; });
  return found == kOutcomes.end() ? std::nullopt : std::optional(*found);
}

Outcome judge(TestOutcome::Status status, bool expected_to_fail) {
  switch (status) {
    case TestOutcome::Status::passed:
      return expected_to_fail ? Outcome::xpassed : Outcome::passed;
    case TestOutcome::Status::failed:
      return expected_to_fail ? Outcome::xfailed : Outcome::failed;
    case TestOutcome::Status::error:
      return expected_to_fail ? Outcome::xfailed : Outcome::error;
    case TestOutcome::Status::skipped:
      return Outcome::skipped;
  }
  return Outcome::error;
}

Outcome judge_not_started(TestOutcome::Status status) {
  return status == TestOutcome::Status::skipped ? Outcome::skipped : Outcome::error;
}

double TestResult::seconds() const {
  double total = 0;
  for (const auto& attempt : attempts) total += attempt.seconds;
  return total;
}

bool TestResult::is_bad() const {
  return fails() && !test->quarantine;
}

bool TestResult::fails() const {
  switch (outcome) {
    case Outcome::flaky:
      return test->settings.flaky == "fail";
    case Outcome::passed:
    case Outcome::skipped:
    case Outcome::xfailed:
      return false;
    case Outcome::xpassed:
      return test->settings.strict;
    case Outcome::failed:
    case Outcome::error:
    case Outcome::crashed:
    case Outcome::timed_out:
      return true;
  }
  return true;
}

TestResult make_result(const PlannedTest& test, Attempt attempt) {
  TestResult result{&test, attempt.outcome, {}, 1, attempt.seconds > test.settings.slow};
  result.attempts.push_back(std::move(attempt));
  return result;
}

std::string RunResults::why_not_run() const {
  if (!fault.empty()) return "was not run to its end: " + fault;
  if (interrupted) return "was not run to its end: the run was interrupted";
  return "was not run: as many tests failed as the run was to bear";
}

std::size_t RunResults::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(
      tests.begin(), tests.end(), [&](const auto& result) { return result.outcome == outcome; }));
}

std::size_t RunResults::excused_count() const {
  return static_cast<std::size_t>(std::count_if(
      tests.begin(), tests.end(), [](const auto& result) { return result.is_excused(); }));
}

std::size_t RunResults::bad_count() const {
  return static_cast<std::size_t>(std::count_if(
      tests.begin(), tests.end(), [](const auto& result) { return result.is_bad(); }));
}

}  // namespace roundtrip
