#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/past_runs.h"
#include "runner/cli/run_words.h"
#include "runner/history/diff.h"
#include "runner/history/diff_text.h"
#include "runner/report/read_report.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

constexpr const char* kDiffHelp =
    "roundtrip diff CONFIG [RUN [RUN]] [options]\n"
    "roundtrip diff REPORT... [options]\n"
    "\n"
    "Says what is different between two runs: tests that fail now, are flaky now, take longer,\n"
    "were not run, are fixed, new, gone, fail with another message, or are newly or no longer\n"
    "skipped or expected to fail; and what else is not as it was: commit, LibTorch, plugins,\n"
    "settings. A RUN is a number of 'roundtrip history CONFIG', -1 for the last, -2 for the one\n"
    "before it, ..., or the JSON report of a run. Without RUN the last run is compared with the\n"
    "last one before it that came to its end and chose its tests in the same way (--filter,\n"
    "--cell, --shard); with one RUN, that one with the last. Of REPORTs the last two are "
    "compared;\n"
    "earlier ones, the oldest first, say what is usual.\n"
    "\n"
    "Slower is a test whose usual time is 1.5 times as long and 0.2 s longer. Its usual time in a\n"
    "run is the median of its time in that run and in the two before it that ran on such a "
    "machine\n"
    "and chose their tests in the same way: one slow night is noise, the second one is told. "
    "Where\n"
    "there are no two such runs, it is twice as long and 1 s longer. If all tests took longer, by\n"
    "the median over them, so much is not held against any. Times are not compared between\n"
    "machines or settings.\n"
    "\n"
    "Newly flaky is a test that was flaky in none of the 10 runs before. Messages are compared\n"
    "without addresses and fractions. A test counts as gone or new only where both runs chose\n"
    "their tests in the same way.\n"
    "\n"
    "Exit codes: 0 nothing got worse; 1 a test newly fails, is newly flaky, slower, or was not "
    "run\n"
    "since the run was cut short; 5 there is nothing to compare with.\n"
    "\n"
    "Examples:\n"
    "  roundtrip diff config/nightly.yaml\n"
    "  roundtrip diff config/nightly.yaml -7 -1\n"
    "  roundtrip diff yesterday.json today.json --github\n";

/// How long a flaky test is remembered.
constexpr std::int64_t kFlakyRuns = 10;

/// What is to be compared, and how it is known whether a test was flaky before.
struct Compared {
  ComparedRun before;
  ComparedRun after;
  std::set<std::string> flaky;
};

ComparedRun read_run(const std::string& file) {
  const Report report = read_report(file);
  ComparedRun run{
      past_run(report.results, report.environment, report.part), past_results(report.results), {}};
  run.run.name = file;
  return run;
}

void add_flaky(const PastResults& results, std::set<std::string>& flaky) {
  for (const auto& result : results) {
    if (result.outcome == Outcome::flaky) flaky.insert(result.id);
  }
}

Compared compare_reports(const std::vector<std::string>& files) {
  if (files.size() < 2) throw UsageError("'diff' needs two REPORTs, or CONFIG and its history");
  std::vector<ComparedRun> runs;
  for (const auto& file : files) runs.push_back(read_run(file));
  const std::size_t last = runs.size() - 1;
  Compared compared{std::move(runs[last - 1]), std::move(runs[last]), {}};
  compared.after.earlier.push_back(compared.before.results);
  for (std::size_t i = last - 1; i-- > 0;) {
    add_flaky(runs[i].results, compared.flaky);
    for (auto* run : {&compared.before, &compared.after}) {
      if (run->earlier.size() < 2) run->earlier.push_back(runs[i].results);
    }
  }
  return compared;
}

/// A run of the history, with those by which its times are judged.
ComparedRun load_run(const PastRuns& past, const PastRun& run) {
  ComparedRun loaded{run, past.store.results(run.number), {}};
  for (auto other = past.runs.rbegin(); other != past.runs.rend(); ++other) {
    const bool is_same_machine = other->environment.cpu == run.environment.cpu &&
                                 other->environment.cores == run.environment.cores;
    if (other->number >= run.number || !is_same_machine || !are_alike(*other, run)) continue;
    loaded.earlier.push_back(past.store.results(other->number));
    if (loaded.earlier.size() == 2) break;
  }
  return loaded;
}

/// Null when there is none.
const PastRun* predecessor(const PastRuns& past, const PastRun& run) {
  for (auto other = past.runs.rbegin(); other != past.runs.rend(); ++other) {
    const bool is_earlier = other->number < run.number && other->cut_short.empty();
    if (is_earlier && are_alike(*other, run)) return &*other;
  }
  return nullptr;
}

ComparedRun load(const PastRuns& past, const std::string& word) {
  return is_run_number(word) ? load_run(past, past.find(run_number(word))) : read_run(word);
}

/// Nothing when there is no run to compare with, which is said.
std::optional<Compared> compare_history(const std::filesystem::path& config,
                                        const std::vector<std::string>& words) {
  const auto past = open_past_runs(config);
  if (!past) return std::nullopt;
  Compared compared;
  if (words.empty()) {
    const PastRun& last = past->runs.back();
    const PastRun* before = predecessor(*past, last);
    if (before == nullptr) {
      std::cerr << fmt::format(
          "error: {} is the first that chose its tests as it did and came to its end; there is "
          "nothing to compare it with\n",
          last.name);
      return std::nullopt;
    }
    compared = {load_run(*past, *before), load_run(*past, last), {}};
  } else {
    const std::string last = last_run_word();
    compared = {load(*past, words[0]), load(*past, words.size() > 1 ? words[1] : last), {}};
  }
  if (compared.after.run.number > 0) {
    compared.flaky = past->store.flaky_tests(compared.after.run.number, kFlakyRuns);
  }
  return compared;
}

std::optional<Compared> choose(std::vector<std::string> words) {
  if (words.empty()) {
    throw UsageError("'diff' needs CONFIG or REPORTs: roundtrip diff config/serdes.yaml");
  }
  if (std::all_of(words.begin(), words.end(), is_report)) return compare_reports(words);
  if (is_run_number(words.front()) || is_report(words.front())) {
    throw UsageError(
        "'diff' needs CONFIG before the RUNs: roundtrip diff config/serdes.yaml -2 -1");
  }
  const std::string config = words.front();
  words.erase(words.begin());
  const auto wrong = std::find_if(words.begin(), words.end(), [](const auto& word) {
    return !is_run_number(word) && !is_report(word);
  });
  if (wrong != words.end()) {
    throw UsageError("'diff': a RUN is a number or a JSON report (.json), not '" + *wrong + "'");
  }
  if (words.size() > 2) throw UsageError("'diff' compares two RUNs of CONFIG, and no more");
  return compare_history(config, words);
}

/// GitHub shows what is added to the file that it names.
void write_github(const std::string& markdown) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') {
    throw UsageError("--github needs the file that GITHUB_STEP_SUMMARY names; is this GitHub?");
  }
  std::ofstream file(path, std::ios::app);
  if (!(file << markdown << std::flush)) {
    throw Error(fmt::format("{}: cannot be written", path));
  }
}

bool is_on_github() {
  const char* value = std::getenv("GITHUB_STEP_SUMMARY");
  return value != nullptr && *value != '\0';
}

}  // namespace

int diff_command(const CommandLine& line) {
  Arguments arguments("diff", kDiffHelp);
  arguments.add_files("RUN");
  arguments.options().add_options()                                        //
      ("lost", "exit with 1 for tests that are gone or skipped now, too")  //
      ("json", "print the same as JSON")                                   //
      ("all", "list every test, and not only the first 50 of each kind")   //
      ("github", "add a summary in Markdown to what GitHub shows (there, without being asked)");
  if (!arguments.parse(with_marked_numbers(line))) return kAllAsExpected;
  const auto compared = choose(arguments.texts("RUN"));
  if (!compared) return kNothingSelected;
  const auto& [before, after, flaky] = *compared;
  const RunDiff diff = compare(
      before, after, [&flaky = flaky](const std::string& id) { return flaky.count(id) > 0; });
  Terminal terminal(stdout, ColorMode::automatic);
  constexpr std::size_t kMost = 50;
  terminal.write(arguments.has("json") ? to_text(diff_json(diff, before.run, after.run))
                                       : diff_text(diff, before.run, after.run, terminal,
                                                   arguments.has("all") ? 0 : kMost));
  if (!terminal.flush()) throw Error("the standard output could not be written");
  if (arguments.has("github") || is_on_github()) {
    write_github(diff_markdown(diff, before.run, after.run));
  }
  const bool is_lost = arguments.has("lost") && diff.has_lost();
  return diff.is_worse() || is_lost ? kTestsFailed : kAllAsExpected;
}

}  // namespace roundtrip
