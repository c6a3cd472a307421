#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "runner/plan/shard.h"
#include "runner/report/failure_text.h"
#include "runner/report/live_area.h"
#include "runner/report/terminal.h"
#include "runner/report/time_left.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// How much the console says.
enum class Verbosity {
  quiet,   ///< what makes the run fail, and the summary
  normal,  ///< a line for each test; on a terminal, where live lines show them, what is amiss
  verbose  ///< the output of every test too
};

/// Shows a run to a person: tests as they end, at the end every one that makes the run fail,
/// with its message, its output and the command that repeats it, what is flaky or skipped,
/// the slowest tests and a summary. The last line is always "N passed, N failed, N skipped":
/// expected failures count as passed; everything that makes the run fail, as failed; ", N in
/// quarantine" is added for what would have, if there is any.
class ConsoleReporter final : public Reporter {
 public:
  /// `command` is what repeats the run, to which a filter is added.
  ConsoleReporter(Terminal& terminal, std::string command, Verbosity verbosity, PlanPart part = {});

  /// Writes what this returns before the last lines of all, those of the summary.
  void write_before_summary(std::function<std::string(const RunResults&)> text) {
    before_summary_ = std::move(text);
  }

  /// Should the run be interrupted, this command is said to go on with it.
  void offer_resume(std::string command) { resume_command_ = std::move(command); }

  /// How many of the longest tests are listed at the end, 0 for all; unless given, a few.
  void list_slowest(std::size_t count) { slowest_ = count; }

  void run_started(const RunStart& start) override;
  void test_slow(const PlannedTest& test, double seconds) override;
  void test_tried(const TestResult& result) override;
  void test_finished(const TestResult& result) override;
  void progressed(const Progress& progress) override;
  void run_pauses() override;
  void run_interrupted(const Progress& progress) override;
  void programs_wanted(std::size_t tests) override;
  void programs_kept() override;
  void run_finished(const RunResults& results) override;

 private:
  std::string counter() const;
  void write_line(const std::string& label, double seconds, const PlannedTest& test,
                  const std::string& reason);

  Terminal& terminal_;
  FailureText failures_;
  Verbosity verbosity_;
  PlanPart part_;
  std::function<std::string(const RunResults&)> before_summary_;
  std::string resume_command_;
  std::optional<std::size_t> slowest_;
  LiveState state_;
  TimeLeft time_left_;
  double last_shown_ = 0;
  /// Whether tests that failed are run once more, which the results do not depend on.
  bool is_keeping_programs_ = false;
};

}  // namespace roundtrip
