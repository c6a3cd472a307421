#pragma once

#include <roundtrip/plugin.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

enum class Outcome { passed, flaky, failed, error, skipped, xfailed, xpassed, crashed, timed_out };

inline constexpr std::array kOutcomes = {Outcome::passed,  Outcome::flaky,   Outcome::failed,
                                         Outcome::error,   Outcome::skipped, Outcome::xfailed,
                                         Outcome::xpassed, Outcome::crashed, Outcome::timed_out};

/// As the JSON report spells it: "passed", "timed_out", ...
std::string_view outcome_name(Outcome outcome);

/// Nothing for a text that names none.
std::optional<Outcome> find_outcome(std::string_view name);

/// What a test's own word means, given whether it is expected to fail.
Outcome judge(TestOutcome::Status status, bool expected_to_fail);

/// What it means of a test that was not started, such as for its suite's set-up: skipped or an
/// error, whether or not the test is expected to fail.
Outcome judge_not_started(TestOutcome::Status status);

/// One time that a test was run. Texts are valid UTF-8.
struct Attempt {
  Outcome outcome = Outcome::passed;
  double seconds = 0;
  /// Failed assertions, exception text, reason, or what ended it.
  std::string message{};
  /// What the test wrote to stdout and stderr, head and tail.
  std::string output{};
  /// Of a crash: where it happened, innermost frame first, a line each.
  std::string backtrace{};
  /// The parts of the test that were run one by one.
  std::vector<std::string> subcases{};
  /// The processes that outlived the test, by their command lines. They were ended.
  std::vector<std::string> left_running{};
};

/// One test that was run or skipped. `test` belongs to the plan.
struct TestResult {
  const PlannedTest* test = nullptr;
  /// `flaky` when the last attempt passed and an earlier one did not.
  Outcome outcome = Outcome::passed;
  /// The last one says how the test ended; earlier ones failed and were tried again. At
  /// least one.
  std::vector<Attempt> attempts;
  /// How often it was run, tries not counted: more than once in a stress run, in which all
  /// runs but the last were good.
  std::size_t runs = 1;
  /// Whether it took longer than its `slow` setting.
  bool is_slow = false;
  /// Whether the result is from an earlier run that this one goes on from.
  bool is_resumed = false;
  /// The folder with its programs, if it failed and they were kept; and a note on them, or why
  /// there are none.
  std::filesystem::path artifacts{};
  std::string artifacts_note{};

  const Attempt& last() const { return attempts.back(); }
  /// Of all attempts.
  double seconds() const;
  /// Whether it makes the run fail. A test that is expected to fail must do so by failing:
  /// a crash or a timeout is never expected, and passing only if the mark is not strict. A test in
  /// quarantine never makes the run fail.
  bool is_bad() const;
  /// The same without regard to its quarantine.
  bool fails() const;
  /// Whether the run would fail for it without its quarantine.
  bool is_excused() const { return fails() && test->quarantine; }
  /// The attempt that explains the outcome: of a flaky test the first.
  const Attempt& cause() const { return outcome == Outcome::flaky ? attempts.front() : last(); }
};

/// A result of one attempt.
TestResult make_result(const PlannedTest& test, Attempt attempt);

/// Everything the reports need to know about one run.
struct RunResults {
  /// In the order of the plan, without tests that did not end because of an interruption, a fault
  /// or the limit of failures.
  std::vector<TestResult> tests;
  /// The tests that did not end.
  std::vector<const PlannedTest*> not_run;
  std::size_t planned = 0;
  int jobs = 1;
  double seconds = 0;
  bool interrupted = false;
  /// Whether the run ended early because `max_failures` tests failed.
  bool gave_up = false;
  /// The parts of a joined report that are missing, a sentence each.
  std::vector<std::string> missing;
  /// What ended the run before every test was run; empty when nothing did.
  std::string fault;
  std::chrono::system_clock::time_point started;

  /// What kept tests from being run, as a sentence.
  std::string why_not_run() const;
  std::size_t count(Outcome outcome) const;
  std::size_t bad_count() const;
  std::size_t excused_count() const;
};

}  // namespace roundtrip
