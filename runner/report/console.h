#pragma once

#include <string>
#include <vector>

#include "runner/report/reporter.h"
#include "runner/report/terminal.h"

namespace roundtrip {

/// Shows a run to a person: a line for each test (on a terminal only for those
/// that make the run fail, and one live line), at the end every such test with
/// its message, its output and the command that repeats it, the slowest tests and
/// a summary. The last line is always "N passed, N failed, N skipped": expected
/// failures count as passed; everything that makes the run fail, as failed.
class ConsoleReporter final : public Reporter {
 public:
  /// `command` is what repeats the run, to which a filter is added.
  ConsoleReporter(Terminal& terminal, std::string command);

  void run_started(const RunStart& start) override;
  void test_finished(const TestResult& result) override;
  void progressed(const Progress& progress) override;
  void run_finished(const RunResults& results) override;

 private:
  std::string label(Outcome outcome) const;
  void write_failure(const TestResult& result);
  void write_slowest(const RunResults& results);
  void write_summary(const RunResults& results);

  Terminal& terminal_;
  std::string command_;
  std::size_t planned_ = 0;
  std::size_t finished_ = 0;
  std::size_t bad_ = 0;
  double last_shown_ = 0;
};

}  // namespace roundtrip
