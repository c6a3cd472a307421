#include "runner/report/failure_text.h"

#include <fmt/format.h>

#include <utility>

#include "runner/plan/selection.h"
#include "runner/report/console_style.h"
#include "runner/text/shell.h"
#include "runner/text/utf8.h"

namespace roundtrip {

FailureText::FailureText(Terminal& terminal, std::string command, bool has_runs)
    : terminal_(terminal), command_(std::move(command)), has_runs_(has_runs) {
}

void FailureText::write(const TestResult& result, const std::string& note) {
  const PlannedTest& test = *result.test;
  const std::string place = test.file.empty() ? "" : fmt::format("  {}:{}", test.file, test.line);
  const std::string message =
      result.outcome == Outcome::xpassed
          ? fmt::format("passed, though its xfail property '{}' says it fails",
                        test.xfail->property)
          : printable(result.cause().message);
  terminal_.write(fmt::format("\n{} {}{}\n{}", outcome_label(terminal_, result.outcome),
                              terminal_.paint(kStrong, test.id()),
                              terminal_.paint(kDim, note + place), indented(message)));
  if (!result.cause().backtrace.empty()) {
    terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- stack --"),
                                indented(printable(result.cause().backtrace))));
  }
  write_output(result.cause());
  std::string again = command_;
  for (const auto& word : selection_words(test, has_runs_)) again += " " + shell_quoted(word);
  terminal_.write(fmt::format("    {} {}\n", terminal_.paint(kDim, "again:"), again));
}

void FailureText::write_output(const Attempt& attempt) {
  if (attempt.output.empty()) return;
  terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- output --"),
                              indented(printable(attempt.output))));
}

}  // namespace roundtrip
