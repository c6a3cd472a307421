#include "runner/report/console.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/report/console_style.h"
#include "runner/report/run_summary.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

/// How often a test of a stress run was run.
std::string runs_text(const TestResult& result) {
  return result.is_bad() ? fmt::format("in run {}", result.runs) : counted(result.runs, "run");
}

/// The longest time that a test which runs now is given to end.
double longest_grace(const Progress& progress) {
  double longest = 0;
  for (const auto& running : progress.running) {
    longest = std::max(longest, running.test->settings.grace);
  }
  return longest;
}

}  // namespace

ConsoleReporter::ConsoleReporter(Terminal& terminal, std::string command, Verbosity verbosity,
                                 PlanPart part)
    : terminal_(terminal),
      failures_(terminal, std::move(command), part.runs.size() > 1),
      verbosity_(verbosity),
      part_(std::move(part)) {
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
  write_shard(terminal_, part_, start.planned);
  const std::string known = start.to_run == start.planned
                                ? ""
                                : fmt::format(" ({} of {} have results already)",
                                              start.planned - start.to_run, start.planned);
  const std::string again = stress_ > 0 ? fmt::format(" again and again for {:g} s", stress_) : "";
  terminal_.write(fmt::format("Running {}{}, {} at a time{}\n", counted(to_run_, "test"), again,
                              start.jobs, known));
}

void ConsoleReporter::test_slow(const PlannedTest& test, double seconds) {
  if (verbosity_ == Verbosity::quiet) return;
  write_line(quiet_label(terminal_, "SLOW"), seconds, test, "");
}

void ConsoleReporter::test_tried(const TestResult& result) {
  if (verbosity_ == Verbosity::quiet) return;
  write_line(quiet_label(terminal_, "RETRY"), result.last().seconds, *result.test,
             result.last().message);
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
  write_line(result.is_excused() ? excused_label(terminal_, result.outcome)
                                 : outcome_label(terminal_, result.outcome),
             result.seconds(), *result.test, reason);
  if (verbosity_ == Verbosity::verbose && !result.is_bad()) failures_.write_output(result.last());
}

void ConsoleReporter::progressed(const Progress& progress) {
  constexpr double kShortestPause = 0.05;  // seconds; the eye asks for no more
  if (progress.seconds < last_shown_ + kShortestPause) return;
  last_shown_ = progress.seconds;
  std::string names;
  for (const auto& running : progress.running) names += "  " + running.test->id();
  const std::string failed = bad_ == 0 ? "" : fmt::format(", {} failed", bad_);
  const std::string done =
      stress_ > 0 ? fmt::format("[{} runs of {} tests{}] {:.0f} of {:g} s", progress.runs, to_run_,
                                failed, progress.seconds, stress_)
                  : fmt::format("[{}/{}{}] {:.0f} s", finished_, to_run_, failed, progress.seconds);
  terminal_.show_live(done + names);
}

void ConsoleReporter::run_interrupted(const Progress& progress) {
  constexpr std::size_t kMostNamed = 10;
  is_ending_ = true;
  const std::size_t count = progress.running.size();
  if (count == 0) return;
  const std::string text = fmt::format(
      "Interrupted: waiting for {}, which may take {:g} s to end; Ctrl-C again ends {} now",
      counted(count, "test"), longest_grace(progress), count == 1 ? "it" : "them");
  terminal_.write(terminal_.paint(kBad, text) + "\n");
  for (std::size_t i = 0; i < std::min(count, kMostNamed); ++i) {
    const auto& [test, seconds] = progress.running[i];
    terminal_.write(fmt::format("{:8.3f} s  {}\n", seconds, test->id()));
  }
  if (count > kMostNamed) terminal_.write(fmt::format("  and {} more\n", count - kMostNamed));
  if (!resume_command_.empty()) {
    terminal_.write("What has ended is kept: --resume goes on with the others\n");
  }
}

void ConsoleReporter::run_finished(const RunResults& results) {
  for (const auto& result : results.tests) {
    if (result.is_bad()) failures_.write(result, stress_ > 0 ? "  " + runs_text(result) : "");
  }
  write_excused(terminal_, results);
  if (verbosity_ != Verbosity::quiet) write_notes(results);
  terminal_.write("\n" + ran_line(results) + "\n");
  write_shard(terminal_, part_, results.planned);
  write_incomplete(terminal_, results, resume_command_);
  if (before_summary_) terminal_.write(before_summary_(results));
  write_counts(terminal_, results);
}

void ConsoleReporter::write_notes(const RunResults& results) {
  write_flaky(terminal_, results);
  write_skipped(terminal_, results);
  write_slowest(terminal_, results);
}

}  // namespace roundtrip
