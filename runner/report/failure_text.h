#pragma once

#include <string>

#include "runner/report/terminal.h"
#include "runner/results/results.h"

namespace roundtrip {

/// Why the test makes the run fail.
std::string failure_message(const TestResult& result);

/// Many failures may have one cause: their messages, each with the tests that failed with it.
void write_message_groups(Terminal& terminal, const RunResults& results);

/// Writes the details of a test that makes the run fail.
class FailureText {
 public:
  /// `command` repeats the run; a filter is added to it. `has_runs` says whether the
  /// configuration has several.
  FailureText(Terminal& terminal, std::string command, bool has_runs);

  /// Message, stack, output and the command that runs it again. `note` stands beside its name.
  void write(const TestResult& result, const std::string& note);

  void write_output(const Attempt& attempt);

 private:
  void write_artifacts(const TestResult& result);

  Terminal& terminal_;
  std::string command_;
  bool has_runs_;
};

}  // namespace roundtrip
