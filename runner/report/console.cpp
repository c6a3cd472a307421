#include "runner/report/console.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/plan/filter.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

constexpr auto kGood = fmt::fg(fmt::terminal_color::green);
constexpr auto kBad = fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
constexpr auto kQuiet = fmt::fg(fmt::terminal_color::yellow);
constexpr auto kDim = fmt::emphasis::faint;
constexpr auto kStrong = fmt::emphasis::bold;

struct Look {
  std::string_view label;
  fmt::text_style style;
};

Look look_of(Outcome outcome) {
  static const std::array<Look, kOutcomes.size()> kLooks = {{{"PASS", kGood},
                                                             {"FAIL", kBad},
                                                             {"ERROR", kBad},
                                                             {"SKIP", kQuiet},
                                                             {"XFAIL", kGood},
                                                             {"XPASS", kBad},
                                                             {"CRASH", kBad},
                                                             {"TIMEOUT", kBad}}};
  return kLooks.at(static_cast<std::size_t>(outcome));
}

std::string cut_line(const std::string& line, std::size_t longest) {
  return line.size() <= longest ? line : printable(line.substr(0, longest)) + "...";
}

std::string first_line(const std::string& text) {
  constexpr std::size_t kLongest = 160;
  return cut_line(text.substr(0, text.find('\n')), kLongest);
}

/// `text` as indented lines, the middle left out when there are very many; the
/// reports in files have all of it.
std::string indented(const std::string& text) {
  constexpr std::size_t kHeadLines = 50;
  constexpr std::size_t kTailLines = 50;
  constexpr std::size_t kLongestLine = 1000;
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back("    " + cut_line(text.substr(start, end - start), kLongestLine) + "\n");
    start = end + 1;
  }
  if (lines.size() > kHeadLines + kTailLines) {
    const auto begin = lines.begin() + kHeadLines;
    const auto end = lines.end() - kTailLines;
    const std::string gap = fmt::format("    [... {} lines not shown ...]\n", end - begin);
    *begin = gap;
    lines.erase(begin + 1, end);
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

/// "1 failed, 2 crashed": those of `outcomes` that occur.
std::string count_text(const RunResults& results, std::initializer_list<Outcome> outcomes) {
  std::string text;
  for (const Outcome outcome : outcomes) {
    const std::size_t count = results.count(outcome);
    if (count == 0) continue;
    const std::string name = outcome == Outcome::timed_out ? "timed out"
                             : outcome == Outcome::xpassed
                                 ? "passed though expected to fail (xpassed)"
                                 : std::string(outcome_name(outcome));
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

}  // namespace

ConsoleReporter::ConsoleReporter(Terminal& terminal, std::string command)
    : terminal_(terminal), command_(std::move(command)) {
}

std::string ConsoleReporter::label(Outcome outcome) const {
  const Look look = look_of(outcome);
  return terminal_.paint(look.style, fmt::format("{:>7}", look.label));
}

void ConsoleReporter::run_started(const RunStart& start) {
  planned_ = start.planned;
  terminal_.write(fmt::format("Running {} test{}, {} at a time\n", planned_,
                              planned_ == 1 ? "" : "s", start.jobs));
}

void ConsoleReporter::test_finished(const TestResult& result) {
  ++finished_;
  bad_ += is_bad(result.outcome) ? 1 : 0;
  if (terminal_.is_interactive() && !is_bad(result.outcome)) return;
  const int width = static_cast<int>(std::to_string(planned_).size());
  const bool explain = result.outcome != Outcome::passed && result.outcome != Outcome::xfailed;
  std::string reason = explain ? first_line(printable(result.message)) : "";
  if (!reason.empty()) reason = terminal_.paint(kDim, "  " + reason);
  terminal_.write(fmt::format("[{:>{}}/{}] {} {:8.3f} s  {}{}\n", finished_, width, planned_,
                              label(result.outcome), result.seconds, result.test->full_name(),
                              reason));
}

void ConsoleReporter::progressed(const Progress& progress) {
  constexpr double kShortestPause = 0.05;  // seconds; the eye asks for no more
  if (progress.seconds < last_shown_ + kShortestPause) return;
  last_shown_ = progress.seconds;
  std::string names;
  for (const auto* test : progress.running) names += "  " + test->full_name();
  const std::string failed = bad_ == 0 ? "" : fmt::format(", {} failed", bad_);
  terminal_.show_live(
      fmt::format("[{}/{}{}] {:.0f} s{}", finished_, planned_, failed, progress.seconds, names));
}

void ConsoleReporter::run_finished(const RunResults& results) {
  for (const auto& result : results.tests) {
    if (is_bad(result.outcome)) write_failure(result);
  }
  write_slowest(results);
  write_summary(results);
}

void ConsoleReporter::write_failure(const TestResult& result) {
  const PlannedTest& test = *result.test;
  const std::string place = test.file.empty() ? "" : fmt::format("  {}:{}", test.file, test.line);
  const std::string message =
      result.outcome == Outcome::xpassed
          ? fmt::format("passed, though its xfail property '{}' says it fails", test.xfail)
          : printable(result.message);
  terminal_.write(fmt::format("\n{} {}{}\n{}", label(result.outcome),
                              terminal_.paint(kStrong, test.full_name()),
                              terminal_.paint(kDim, place), indented(message)));
  if (!result.output.empty()) {
    terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- output --"),
                                indented(printable(result.output))));
  }
  terminal_.write(fmt::format("    {} {} --filter {}\n", terminal_.paint(kDim, "again:"), command_,
                              shell_glob_for(test.full_name())));
}

void ConsoleReporter::write_slowest(const RunResults& results) {
  constexpr std::size_t kShown = 5;
  constexpr double kWorthShowing = 0.1;  // seconds
  std::vector<const TestResult*> slowest;
  for (const auto& result : results.tests) {
    if (result.seconds >= kWorthShowing) slowest.push_back(&result);
  }
  if (slowest.empty()) return;
  std::sort(slowest.begin(), slowest.end(),
            [](const auto* a, const auto* b) { return a->seconds > b->seconds; });
  slowest.resize(std::min(slowest.size(), kShown));
  terminal_.write("\nSlowest\n");
  for (const auto* result : slowest) {
    terminal_.write(fmt::format("{:8.3f} s  {}\n", result->seconds, result->test->full_name()));
  }
}

void ConsoleReporter::write_summary(const RunResults& results) {
  terminal_.write(fmt::format("\nRan {} of {} tests in {:.2f} s\n", results.tests.size(),
                              results.planned, results.seconds));
  if (results.interrupted) {
    terminal_.write(terminal_.paint(kBad, "Interrupted: the other tests were not run") + "\n");
  }
  if (!results.fault.empty()) {
    terminal_.write(terminal_.paint(kBad, "Stopped: " + printable(results.fault)) + "\n");
  }
  const std::size_t xfailed = results.count(Outcome::xfailed);
  if (xfailed > 0) {
    terminal_.write(fmt::format("passed:  {} passed, {} failed as expected (xfailed)\n",
                                results.count(Outcome::passed), xfailed));
  }
  if (results.bad_count() > 0) {
    terminal_.write("failed:  " +
                    count_text(results, {Outcome::failed, Outcome::error, Outcome::crashed,
                                         Outcome::timed_out, Outcome::xpassed}) +
                    "\n");
  }
  const std::size_t passed = results.count(Outcome::passed) + xfailed;
  const bool is_good = results.bad_count() == 0 && results.tests.size() == results.planned;
  terminal_.write(
      terminal_.paint(is_good ? kGood : kBad,
                      fmt::format("{} passed, {} failed, {} skipped", passed, results.bad_count(),
                                  results.count(Outcome::skipped))) +
      "\n");
}

}  // namespace roundtrip
