#include "runner/report/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "runner/report/console_style.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

std::string_view words_for(Outcome outcome) {
  if (outcome == Outcome::timed_out) return "timed out";
  if (outcome == Outcome::flaky) return "passed when tried again (flaky)";
  if (outcome == Outcome::xpassed) return "passed though expected to fail (xpassed)";
  return outcome_name(outcome);
}

template <typename Condition>
std::size_t count_if(const RunResults& results, Condition condition) {
  return static_cast<std::size_t>(
      std::count_if(results.tests.begin(), results.tests.end(), condition));
}

bool is_good_flaky(const TestResult& result) {
  return result.outcome == Outcome::flaky && !result.fails();
}

/// "1 failed, 2 crashed": what the bad results are.
std::string count_bad(const RunResults& results) {
  std::string text;
  for (const Outcome outcome : kOutcomes) {
    const std::size_t count = count_if(
        results, [&](const auto& result) { return result.is_bad() && result.outcome == outcome; });
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
  if (const auto count = count_if(results, is_good_flaky)) {
    text += fmt::format(", {} {}", count, words_for(Outcome::flaky));
  }
  return text;
}

std::string interruption_text(const RunResults& results, const std::string& resume_command) {
  const std::size_t left = results.planned - results.tests.size();
  if (left == 0) return "Interrupted";
  const std::string text =
      fmt::format("Interrupted: {} {} not run", counted(left, "test"), left == 1 ? "was" : "were");
  return resume_command.empty() ? text : text + "; to go on: " + resume_command;
}

}  // namespace

void write_shard(Terminal& terminal, const PlanPart& part, std::size_t tests) {
  if (!part.shard.is_part()) return;
  const std::string text = fmt::format("Shard {}: {} of {} tests; --shard none runs all",
                                       shard_text(part.shard), tests, part.tests);
  terminal.write(terminal.paint(kQuiet, text) + "\n");
}

void write_excused(Terminal& terminal, const RunResults& results) {
  if (results.excused_count() == 0) return;
  terminal.write("\nIn quarantine\n");
  for (const auto& result : results.tests) {
    if (!result.is_excused()) continue;
    const Quarantine& quarantine = *result.test->quarantine;
    terminal.write(fmt::format("{} {}  until {}: {}\n", excused_label(terminal, result.outcome),
                               result.test->id(), quarantine.expires,
                               printable(quarantine.reason)));
  }
}

void write_flaky(Terminal& terminal, const RunResults& results) {
  constexpr std::size_t kLongest = 160;
  if (count_if(results, is_good_flaky) == 0) return;
  terminal.write("\nFlaky\n");
  for (const auto& result : results.tests) {
    if (!is_good_flaky(result)) continue;
    const std::string why = first_line(result.cause().message, kLongest);
    terminal.write(fmt::format("{} {}  passed at try {}, failed before{}{}\n",
                               outcome_label(terminal, Outcome::flaky), result.test->id(),
                               result.attempts.size(), why.empty() ? "" : ": ", why));
  }
}

void write_skipped(Terminal& terminal, const RunResults& results) {
  constexpr std::size_t kMostReasons = 20;
  constexpr std::size_t kLongest = 160;
  std::map<std::string, std::size_t> counts;
  for (const auto& result : results.tests) {
    if (result.outcome == Outcome::skipped) {
      ++counts[first_line(result.last().message, kLongest)];
    }
  }
  if (counts.empty()) return;
  std::vector<std::pair<std::string, std::size_t>> reasons(counts.begin(), counts.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  terminal.write("\nSkipped\n");
  std::size_t others = 0;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    const auto& [reason, count] = reasons[i];
    if (i >= kMostReasons) {
      others += count;
      continue;
    }
    terminal.write(fmt::format("{:>{}}  {}\n", count, kLabelWidth,
                               reason.empty() ? "without a reason" : reason));
  }
  if (others > 0) {
    terminal.write(fmt::format("{:>{}}  for {} other reasons\n", others, kLabelWidth,
                               reasons.size() - kMostReasons));
  }
}

void write_left_running(Terminal& terminal, const RunResults& results) {
  constexpr std::size_t kMostTests = 20;
  std::size_t count = 0;
  for (const auto& result : results.tests) {
    for (const auto& attempt : result.attempts) {
      if (attempt.left_running.empty() || ++count > kMostTests) continue;
      if (count == 1) terminal.write("\nLeft processes running, which were ended\n");
      terminal.write(
          fmt::format("{:>{}}  {}: {}\n", "", kLabelWidth, result.test->id(),
                      printable(fmt::format("{}", fmt::join(attempt.left_running, ", ")))));
    }
  }
  if (count > kMostTests) {
    terminal.write(fmt::format("{:>{}}  and {} more\n", "", kLabelWidth, count - kMostTests));
  }
}

void write_slowest(Terminal& terminal, const RunResults& results,
                   const std::optional<std::size_t>& asked) {
  constexpr std::size_t kUsual = 5;
  constexpr double kWorthShowing = 0.1;  // seconds
  std::vector<const TestResult*> slowest;
  for (const auto& result : results.tests) {
    if (asked || result.seconds() >= kWorthShowing) slowest.push_back(&result);
  }
  if (slowest.empty()) return;
  std::stable_sort(slowest.begin(), slowest.end(),
                   [](const auto* a, const auto* b) { return a->seconds() > b->seconds(); });
  const std::size_t most = asked.value_or(kUsual);
  if (most > 0) slowest.resize(std::min(slowest.size(), most));
  terminal.write("\nSlowest\n");
  for (const auto* result : slowest) {
    terminal.write(fmt::format("{:8.3f} s  {}\n", result->seconds(), result->test->id()));
  }
}

void write_incomplete(Terminal& terminal, const RunResults& results,
                      const std::string& resume_command) {
  const auto write = [&](const std::string& sentence) {
    terminal.write(terminal.paint(kBad, sentence) + "\n");
  };
  if (results.interrupted) write(interruption_text(results, resume_command));
  if (results.gave_up) write("Stopped: as many tests failed as the run was to bear");
  for (const auto& sentence : results.missing) write("Incomplete: " + printable(sentence));
  if (!results.fault.empty()) write("Stopped: " + printable(results.fault));
}

std::string ran_line(const RunResults& results) {
  std::size_t runs = 0;
  for (const auto& result : results.tests) runs += result.runs;
  const std::string times = runs > results.tests.size() ? fmt::format(" {} times", runs) : "";
  const std::size_t resumed =
      count_if(results, [](const auto& result) { return result.is_resumed; });
  const std::string before =
      resumed > 0 ? fmt::format(", {} of them before it was resumed", resumed) : "";
  return fmt::format("Ran {} of {} tests{} in {:.2f} s{}", results.tests.size(), results.planned,
                     times, results.seconds, before);
}

void write_counts(Terminal& terminal, const RunResults& results) {
  const std::size_t bad = results.bad_count();
  const std::size_t skipped = results.count(Outcome::skipped);
  const std::size_t excused = results.excused_count();
  const std::size_t passed = results.tests.size() - bad - skipped - excused;
  if (passed > results.count(Outcome::passed)) {
    terminal.write("passed:  " + count_good(results) + "\n");
  }
  if (bad > 0) terminal.write("failed:  " + count_bad(results) + "\n");
  const bool is_good =
      bad == 0 && results.tests.size() == results.planned && results.missing.empty();
  terminal.write(
      terminal.paint(is_good ? kGood : kBad,
                     fmt::format("{} passed, {} failed, {} skipped{}", passed, bad, skipped,
                                 excused == 0 ? "" : fmt::format(", {} in quarantine", excused))) +
      "\n");
}

}  // namespace roundtrip
