#include "runner/report/console.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/plan/selection.h"
#include "runner/text/shell.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

constexpr auto kGood = fmt::fg(fmt::terminal_color::green);
constexpr auto kBad = fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
constexpr auto kQuiet = fmt::fg(fmt::terminal_color::yellow);
constexpr auto kDim = fmt::emphasis::faint;
constexpr auto kStrong = fmt::emphasis::bold;

constexpr std::size_t kLabelWidth = 7;

struct Look {
  std::string_view label;
  fmt::text_style style;
};

Look look_of(Outcome outcome) {
  static const std::array<Look, kOutcomes.size()> kLooks = {{{"PASS", kGood},
                                                             {"FLAKY", kQuiet},
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

std::string first_line(const std::string& text, std::size_t longest) {
  return cut_line(text.substr(0, text.find('\n')), longest);
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

/// How often a test of a stress run was run.
std::string runs_text(const TestResult& result) {
  if (result.is_bad()) return fmt::format("in run {}", result.runs);
  return fmt::format("{} run{}", result.runs, result.runs == 1 ? "" : "s");
}

std::string_view words_for(Outcome outcome) {
  if (outcome == Outcome::timed_out) return "timed out";
  if (outcome == Outcome::flaky) return "passed when tried again (flaky)";
  if (outcome == Outcome::xpassed) return "passed though expected to fail (xpassed)";
  return outcome_name(outcome);
}

/// "1 failed, 2 crashed": what the bad results are.
std::string count_bad(const RunResults& results) {
  std::string text;
  for (const Outcome outcome : kOutcomes) {
    const auto count = std::count_if(results.tests.begin(), results.tests.end(), [&](auto& result) {
      return result.is_bad() && result.outcome == outcome;
    });
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words_for(outcome));
  }
  return text;
}

/// "3 failed as expected (xfailed), 1 flaky": of the results that are not bad.
std::string count_good(const RunResults& results) {
  std::string text = fmt::format("{} passed", results.count(Outcome::passed));
  if (const auto count = results.count(Outcome::xfailed)) {
    text += fmt::format(", {} failed as expected (xfailed)", count);
  }
  const auto flaky = std::count_if(results.tests.begin(), results.tests.end(), [](auto& result) {
    return result.outcome == Outcome::flaky && !result.fails();
  });
  if (flaky > 0) text += fmt::format(", {} passed when tried again (flaky)", flaky);
  return text;
}

}  // namespace

ConsoleReporter::ConsoleReporter(Terminal& terminal, std::string command, Verbosity verbosity,
                                 PlanPart part)
    : terminal_(terminal),
      command_(std::move(command)),
      verbosity_(verbosity),
      part_(std::move(part)) {
}

std::string ConsoleReporter::label(Outcome outcome) const {
  const Look look = look_of(outcome);
  return terminal_.paint(look.style, fmt::format("{:>{}}", look.label, kLabelWidth));
}

std::string ConsoleReporter::quiet_label(std::string_view label) const {
  return terminal_.paint(kQuiet, fmt::format("{:>{}}", label, kLabelWidth));
}

std::string ConsoleReporter::counter() const {
  const int width = static_cast<int>(std::to_string(to_run_).size());
  return fmt::format("[{:>{}}/{}]", finished_, width, to_run_);
}

/// The reason is cut such that a terminal needs one line, unless names leave it no room.
void ConsoleReporter::write_line(const std::string& label, double seconds, const PlannedTest& test,
                                 const std::string& reason) {
  constexpr std::size_t kLongest = 160;
  constexpr std::size_t kShortest = 20;
  constexpr std::string_view kAround = "  ...";
  const std::string start = counter() + " ";
  const std::string end = fmt::format(" {:8.3f} s  {}", seconds, test.id());
  const std::size_t taken = start.size() + kLabelWidth + end.size() + kAround.size();
  std::size_t room = kLongest;
  if (terminal_.is_interactive()) {
    const std::size_t width = std::max(terminal_.width(), taken);
    room = std::clamp(width - taken, kShortest, kLongest);
  }
  const std::string shown = reason.empty() ? "" : "  " + first_line(printable(reason), room);
  terminal_.write(start + label + end + terminal_.paint(kDim, shown) + "\n");
}

void ConsoleReporter::run_started(const RunStart& start) {
  to_run_ = start.to_run;
  stress_ = start.stress;
  if (verbosity_ == Verbosity::quiet) return;
  write_shard(start.planned);
  const std::string known = start.to_run == start.planned
                                ? ""
                                : fmt::format(" ({} of {} have results already)",
                                              start.planned - start.to_run, start.planned);
  const std::string again = stress_ > 0 ? fmt::format(" again and again for {:g} s", stress_) : "";
  terminal_.write(fmt::format("Running {} test{}{}, {} at a time{}\n", to_run_,
                              to_run_ == 1 ? "" : "s", again, start.jobs, known));
}

/// A part of the tests must not pass for all of them.
void ConsoleReporter::write_shard(std::size_t tests) {
  if (!part_.shard.is_part()) return;
  const std::string text = fmt::format("Shard {}: {} of {} tests; --shard none runs all",
                                       shard_text(part_.shard), tests, part_.tests);
  terminal_.write(terminal_.paint(kQuiet, text) + "\n");
}

void ConsoleReporter::test_slow(const PlannedTest& test, double seconds) {
  if (verbosity_ == Verbosity::quiet) return;
  write_line(quiet_label("SLOW"), seconds, test, "");
}

void ConsoleReporter::test_tried(const TestResult& result) {
  if (verbosity_ == Verbosity::quiet) return;
  write_line(quiet_label("RETRY"), result.last().seconds, *result.test, result.last().message);
}

void ConsoleReporter::test_finished(const TestResult& result) {
  ++finished_;
  bad_ += result.is_bad() ? 1 : 0;
  const bool is_shown = verbosity_ == Verbosity::verbose || result.fails() ||
                        (verbosity_ == Verbosity::normal && !terminal_.is_interactive());
  if (!is_shown) return;
  const bool explain = result.outcome != Outcome::passed && result.outcome != Outcome::xfailed;
  std::string reason = explain ? result.cause().message : "";
  if (stress_ > 0) reason = runs_text(result) + (reason.empty() ? "" : ": ") + reason;
  const std::string shown_label =
      result.is_excused() ? quiet_label(look_of(result.outcome).label) : label(result.outcome);
  write_line(shown_label, result.seconds(), *result.test, reason);
  if (verbosity_ == Verbosity::verbose && !result.is_bad()) write_output(result.last());
}

void ConsoleReporter::progressed(const Progress& progress) {
  constexpr double kShortestPause = 0.05;  // seconds; the eye asks for no more
  if (progress.seconds < last_shown_ + kShortestPause) return;
  last_shown_ = progress.seconds;
  std::string names;
  for (const auto* test : progress.running) names += "  " + test->id();
  const std::string failed = bad_ == 0 ? "" : fmt::format(", {} failed", bad_);
  const std::string done =
      stress_ > 0 ? fmt::format("[{} runs of {} tests{}] {:.0f} of {:g} s", progress.runs, to_run_,
                                failed, progress.seconds, stress_)
                  : fmt::format("[{}/{}{}] {:.0f} s", finished_, to_run_, failed, progress.seconds);
  terminal_.show_live(done + names);
}

void ConsoleReporter::run_finished(const RunResults& results) {
  for (const auto& result : results.tests) {
    if (result.is_bad()) write_failure(result);
  }
  write_excused(results);
  if (verbosity_ != Verbosity::quiet) write_slowest(results);
  write_summary(results);
}

void ConsoleReporter::write_failure(const TestResult& result) {
  const PlannedTest& test = *result.test;
  const std::string place = test.file.empty() ? "" : fmt::format("  {}:{}", test.file, test.line);
  const std::string run = stress_ > 0 ? "  " + runs_text(result) : "";
  const std::string message =
      result.outcome == Outcome::xpassed
          ? fmt::format("passed, though its xfail property '{}' says it fails",
                        test.xfail->property)
          : printable(result.cause().message);
  terminal_.write(fmt::format("\n{} {}{}\n{}", label(result.outcome),
                              terminal_.paint(kStrong, test.id()),
                              terminal_.paint(kDim, run + place), indented(message)));
  if (!result.cause().backtrace.empty()) {
    terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- stack --"),
                                indented(printable(result.cause().backtrace))));
  }
  write_output(result.cause());
  std::string again = command_;
  for (const auto& word : selection_words(test, part_.runs.size() > 1)) {
    again += " " + shell_quoted(word);
  }
  terminal_.write(fmt::format("    {} {}\n", terminal_.paint(kDim, "again:"), again));
}

void ConsoleReporter::write_output(const Attempt& attempt) {
  if (attempt.output.empty()) return;
  terminal_.write(fmt::format("    {}\n{}", terminal_.paint(kDim, "-- output --"),
                              indented(printable(attempt.output))));
}

/// They do not make the run fail, and are to be mended all the same.
void ConsoleReporter::write_excused(const RunResults& results) {
  if (results.excused_count() == 0) return;
  terminal_.write("\nIn quarantine\n");
  for (const auto& result : results.tests) {
    if (!result.is_excused()) continue;
    const Quarantine& quarantine = *result.test->quarantine;
    terminal_.write(fmt::format("{} {}  until {}: {}\n", quiet_label(look_of(result.outcome).label),
                                result.test->id(), quarantine.expires,
                                printable(quarantine.reason)));
  }
}

void ConsoleReporter::write_slowest(const RunResults& results) {
  constexpr std::size_t kShown = 5;
  constexpr double kWorthShowing = 0.1;  // seconds
  std::vector<const TestResult*> slowest;
  for (const auto& result : results.tests) {
    if (result.seconds() >= kWorthShowing) slowest.push_back(&result);
  }
  if (slowest.empty()) return;
  std::sort(slowest.begin(), slowest.end(),
            [](const auto* a, const auto* b) { return a->seconds() > b->seconds(); });
  slowest.resize(std::min(slowest.size(), kShown));
  terminal_.write("\nSlowest\n");
  for (const auto* result : slowest) {
    terminal_.write(fmt::format("{:8.3f} s  {}\n", result->seconds(), result->test->id()));
  }
}

void ConsoleReporter::write_incomplete(const RunResults& results) {
  if (results.interrupted) {
    const bool is_whole = results.tests.size() == results.planned;
    terminal_.write(terminal_.paint(kBad, is_whole ? "Interrupted"
                                                   : "Interrupted: the other tests were not run") +
                    "\n");
  }
  if (results.gave_up) {
    terminal_.write(terminal_.paint(kBad, "Stopped: as many tests failed as the run was to bear") +
                    "\n");
  }
  for (const auto& sentence : results.missing) {
    terminal_.write(terminal_.paint(kBad, "Incomplete: " + printable(sentence)) + "\n");
  }
  if (!results.fault.empty()) {
    terminal_.write(terminal_.paint(kBad, "Stopped: " + printable(results.fault)) + "\n");
  }
}

void ConsoleReporter::write_summary(const RunResults& results) {
  std::size_t runs = 0;
  for (const auto& result : results.tests) runs += result.runs;
  const std::string times = runs > results.tests.size() ? fmt::format(" {} times", runs) : "";
  const auto resumed = std::count_if(results.tests.begin(), results.tests.end(),
                                     [](const auto& result) { return result.is_resumed; });
  const std::string before =
      resumed > 0 ? fmt::format(", {} of them before it was resumed", resumed) : "";
  terminal_.write(fmt::format("\nRan {} of {} tests{} in {:.2f} s{}\n", results.tests.size(),
                              results.planned, times, results.seconds, before));
  write_shard(results.planned);
  write_incomplete(results);
  if (before_summary_) terminal_.write(before_summary_(results));
  const std::size_t bad = results.bad_count();
  const std::size_t skipped = results.count(Outcome::skipped);
  const std::size_t excused = results.excused_count();
  const std::size_t passed = results.tests.size() - bad - skipped - excused;
  if (passed > results.count(Outcome::passed)) {
    terminal_.write("passed:  " + count_good(results) + "\n");
  }
  if (bad > 0) terminal_.write("failed:  " + count_bad(results) + "\n");
  const bool is_good =
      bad == 0 && results.tests.size() == results.planned && results.missing.empty();
  terminal_.write(
      terminal_.paint(is_good ? kGood : kBad,
                      fmt::format("{} passed, {} failed, {} skipped{}", passed, bad, skipped,
                                  excused == 0 ? "" : fmt::format(", {} in quarantine", excused))) +
      "\n");
}

}  // namespace roundtrip
