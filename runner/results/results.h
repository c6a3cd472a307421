#pragma once

#include <roundtrip/plugin.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

enum class Outcome { passed, failed, error, skipped, xfailed, xpassed, crashed, timed_out };

inline constexpr std::array kOutcomes = {Outcome::passed,  Outcome::failed,   Outcome::error,
                                         Outcome::skipped, Outcome::xfailed,  Outcome::xpassed,
                                         Outcome::crashed, Outcome::timed_out};

/// As the JSON report spells it: "passed", "timed_out", ...
std::string_view outcome_name(Outcome outcome);

/// Whether the outcome makes the run fail. A test that is expected to fail must
/// do so by failing: a crash or a timeout is never expected.
bool is_bad(Outcome outcome);

/// What a test's own word means, given whether it is expected to fail.
Outcome judge(TestOutcome::Status status, bool expected_to_fail);

/// One test that was run or skipped. `test` belongs to the plan.
struct TestResult {
  const PlannedTest* test = nullptr;
  Outcome outcome = Outcome::passed;
  double seconds = 0;
  /// Valid UTF-8: failed assertions, exception text, reason, or what ended it.
  std::string message;
  /// Valid UTF-8: what the test wrote to stdout and stderr, head and tail.
  std::string output;
};

/// Everything the reports need to know about one run.
struct RunResults {
  /// In the order of the plan; a test that an interruption or a fault kept from
  /// ending is not among them.
  std::vector<TestResult> tests;
  std::size_t planned = 0;
  int jobs = 1;
  double seconds = 0;
  bool interrupted = false;
  /// What ended the run before every test was run; empty when nothing did.
  std::string fault;
  std::chrono::system_clock::time_point started;

  std::size_t count(Outcome outcome) const;
  std::size_t bad_count() const;
};

}  // namespace roundtrip
