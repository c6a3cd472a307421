#include "runner/report/console.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/report/console_style.h"
#include "runner/report/run_summary.h"
#include "runner/text/display_width.h"

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
  const int width = static_cast<int>(std::to_string(state_.to_run).size());
  return fmt::format("[{:>{}}/{}]", state_.finished, width, state_.to_run);
}

/// The reason is cut such that a terminal needs one line, unless names leave it no room.
void ConsoleReporter::write_line(const std::string& label, double seconds, const PlannedTest& test,
                                 const std::string& reason) {
  constexpr std::size_t kLongest = 160;
  constexpr std::size_t kShortest = 20;
  constexpr std::string_view kBefore = "  ";
  const std::string start = counter() + " ";
  const std::string end = fmt::format(" {:8.3f} s  {}", seconds, test.id());
  const std::size_t taken = start.size() + kLabelWidth + display_width(end) + kBefore.size();
  std::size_t room = kLongest;
  if (terminal_.is_interactive()) {
    const std::size_t width = std::max(terminal_.size().columns, taken);
    room = std::clamp(width - taken, kShortest, kLongest);
  }
  std::string shown = first_line(reason, room);
  if (!shown.empty()) shown.insert(0, kBefore);
  terminal_.write(start + label + end + terminal_.paint(kDim, shown) + "\n");
}

void ConsoleReporter::run_started(const RunStart& start) {
  state_.to_run = start.to_run.size();
  state_.stress = start.stress;
  time_left_.run_started(start);
  if (verbosity_ == Verbosity::quiet) return;
  write_shard(terminal_, part_, start.planned);
  const std::string known = state_.to_run == start.planned
                                ? ""
                                : fmt::format(" ({} of {} have results already)",
                                              start.planned - state_.to_run, start.planned);
  const std::string again =
      start.stress > 0 ? fmt::format(" again and again for {:g} s", start.stress) : "";
  terminal_.write(fmt::format("Running {}{}, {} at a time{}\n", counted(state_.to_run, "test"),
                              again, start.jobs, known));
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
  ++state_.finished;
  time_left_.test_finished(result);
  state_.bad += result.is_bad() ? 1 : 0;
  const bool is_shown = verbosity_ == Verbosity::verbose || result.fails() ||
                        (verbosity_ == Verbosity::normal && !terminal_.is_interactive());
  if (!is_shown) return;
  const bool explain = result.outcome != Outcome::passed && result.outcome != Outcome::xfailed;
  std::string reason = explain ? result.cause().message : "";
  if (state_.stress > 0) reason = runs_text(result) + (reason.empty() ? "" : ": ") + reason;
  write_line(result.is_excused() ? excused_label(terminal_, result.outcome)
                                 : outcome_label(terminal_, result.outcome),
             result.seconds(), *result.test, reason);
  if (verbosity_ == Verbosity::verbose && !result.is_bad()) failures_.write_output(result.last());
}

void ConsoleReporter::progressed(const Progress& progress) {
  constexpr double kShortestPause = 0.05;  // seconds; the eye needs no more
  if (progress.seconds < last_shown_ + kShortestPause) return;
  last_shown_ = progress.seconds;
  if (!is_keeping_programs_) state_.left = time_left_.seconds(progress);
  terminal_.show_live(live_lines(state_, progress, terminal_.live_size()));
}

void ConsoleReporter::run_pauses() {
  terminal_.clear_live();
  last_shown_ = 0;
}

void ConsoleReporter::run_interrupted(const Progress& progress) {
  constexpr std::size_t kMostNamed = 10;
  state_.is_ending = true;
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
  if (!resume_command_.empty() && !is_keeping_programs_) {
    terminal_.write("What has ended is kept: --resume goes on with the others\n");
  }
}

void ConsoleReporter::programs_wanted(std::size_t tests) {
  state_ = LiveState{tests};
  is_keeping_programs_ = true;
  last_shown_ = 0;
  if (verbosity_ == Verbosity::quiet) return;
  terminal_.write(fmt::format("Running {} once more, to keep the programs of what failed\n",
                              counted(tests, "test")));
}

void ConsoleReporter::programs_kept() {
  ++state_.finished;
}

void ConsoleReporter::run_finished(const RunResults& results) {
  for (const auto& result : results.tests) {
    if (result.is_bad()) failures_.write(result, state_.stress > 0 ? "  " + runs_text(result) : "");
  }
  write_message_groups(terminal_, results);
  write_excused(terminal_, results);
  if (verbosity_ != Verbosity::quiet) {
    write_flaky(terminal_, results);
    write_skipped(terminal_, results);
    write_left_running(terminal_, results);
  }
  if (verbosity_ != Verbosity::quiet || slowest_) write_slowest(terminal_, results, slowest_);
  terminal_.write("\n" + ran_line(results) + "\n");
  write_shard(terminal_, part_, results.planned);
  write_incomplete(terminal_, results, resume_command_);
  if (before_summary_) terminal_.write(before_summary_(results));
  write_counts(terminal_, results);
}

}  // namespace roundtrip
