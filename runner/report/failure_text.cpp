#include "runner/report/failure_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runner/plan/selection.h"
#include "runner/report/console_style.h"
#include "runner/text/shell.h"
#include "runner/text/steady_message.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

using Failures = std::vector<const TestResult*>;

void write_group(Terminal& terminal, const Failures& group) {
  constexpr std::size_t kMostNamed = 5;
  constexpr std::size_t kLongest = 160;
  const std::string line = first_line(failure_message(*group.front()), kLongest);
  terminal.write(fmt::format("{:>{}}  {}\n", group.size(), kLabelWidth,
                             terminal.paint(kStrong, line.empty() ? "without a message" : line)));
  for (std::size_t i = 0; i < std::min(group.size(), kMostNamed); ++i) {
    terminal.write(fmt::format("{:{}}    {}\n", "", kLabelWidth, group[i]->test->id()));
  }
  if (group.size() > kMostNamed) {
    terminal.write(
        fmt::format("{:{}}    and {} more\n", "", kLabelWidth, group.size() - kMostNamed));
  }
}

}  // namespace

std::string failure_message(const TestResult& result) {
  if (result.outcome != Outcome::xpassed) return printable(result.cause().message);
  const std::string& property = result.test->xfail->property;
  if (property.empty()) return "passed, though it is expected to fail under every run";
  return fmt::format("passed, though its xfail property '{}' says it fails", property);
}

void write_message_groups(Terminal& terminal, const RunResults& results) {
  constexpr std::size_t kFewFailures = 20;
  constexpr std::size_t kMostGroups = 20;
  Failures failures;
  for (const auto& result : results.tests) {
    if (result.is_bad()) failures.push_back(&result);
  }
  if (failures.size() <= kFewFailures) return;
  const auto groups = groups_by_message(failures, failure_message);
  terminal.write("\nFailures by message\n");
  for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) {
    write_group(terminal, groups[i]);
  }
  if (groups.size() > kMostGroups) {
    terminal.write(
        fmt::format("{:{}}  and {} more messages\n", "", kLabelWidth, groups.size() - kMostGroups));
  }
}

FailureText::FailureText(Terminal& terminal, std::string command, bool has_runs)
    : terminal_(terminal), command_(std::move(command)), has_runs_(has_runs) {
}

void FailureText::write(const TestResult& result, const std::string& note) {
  const PlannedTest& test = *result.test;
  const std::string place = test.file.empty() ? "" : fmt::format("  {}:{}", test.file, test.line);
  terminal_.write(fmt::format("\n{} {}{}\n{}", outcome_label(terminal_, result.outcome),
                              terminal_.paint(kStrong, test.id()),
                              terminal_.paint(kDim, note + place),
                              indented(failure_message(result))));
  if (!result.cause().backtrace.empty()) {
    terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- stack --"),
                                indented(printable(result.cause().backtrace))));
  }
  write_output(result.cause());
  write_artifacts(result);
  std::string again = command_;
  for (const auto& word : selection_words(test, has_runs_)) again += " " + shell_quoted(word);
  terminal_.write(fmt::format("    {} {}\n", terminal_.paint(kDim, "again:"), again));
}

void FailureText::write_artifacts(const TestResult& result) {
  std::string text = result.artifacts.string();
  const std::string& note = result.artifacts_note;
  if (!note.empty()) text += text.empty() ? note : " (" + note + ")";
  if (text.empty()) return;
  terminal_.write(fmt::format("    {} {}\n", terminal_.paint(kDim, "programs:"), printable(text)));
}

void FailureText::write_output(const Attempt& attempt) {
  if (attempt.output.empty()) return;
  terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- output --"),
                              indented(printable(attempt.output))));
}

}  // namespace roundtrip
