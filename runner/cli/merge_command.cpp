#include <fmt/format.h>
#include <roundtrip/error.h>

#include <optional>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/file_reporters.h"
#include "runner/cli/report_files.h"
#include "runner/report/console.h"
#include "runner/report/github.h"

namespace roundtrip {

namespace {

constexpr const char* kMergeHelp =
    "roundtrip merge REPORT... [options]\n"
    "\n"
    "Joins the JSON reports of a run's shards, and of the cells of a matrix, into the reports of\n"
    "one run, and prints its summary. A REPORT may be a folder: all JSON files in it are. Each\n"
    "shard of each run of the configuration must be there once, and every test in one; settings,\n"
    "configuration and plugins must be the same. Exit codes are those of 'run'.\n"
    "\n"
    "Examples:\n"
    "  roundtrip merge shard1.json shard2.json --json all.json --junit all.xml\n"
    "  roundtrip merge reports/ --partial --junit all.xml\n";

Report read_and_merge(const std::vector<std::string>& names, bool may_be_partial) {
  if (names.empty()) throw UsageError("'merge' needs REPORTs: roundtrip merge 1.json 2.json");
  Report merged = joined_reports(report_files(names));
  if (merged.results.missing.empty() || may_be_partial) return merged;
  throw Error(fmt::format("{}; give the reports of all, or --partial",
                          fmt::join(merged.results.missing, "; ")));
}

}  // namespace

int merge_command(const CommandLine& line) {
  Arguments arguments("merge", kMergeHelp);
  arguments.add_files("REPORT");
  FileReporters::declare(arguments.options());
  arguments.options().add_options()(
      "partial",
      "join what there is; what is missing is named in the reports, and the exit code is 2");
  if (!arguments.parse(line)) return kAllAsExpected;

  const Report merged = read_and_merge(arguments.texts("REPORT"), arguments.has("partial"));
  Terminal terminal(stdout, ColorMode::automatic);
  ConsoleReporter console(terminal, "roundtrip run CONFIG", Verbosity::quiet, merged.part);
  FileReporters files(arguments, merged.environment, merged.part);
  std::optional<GithubPause> pause;
  if (is_on_github()) {
    pause.emplace(terminal);
    console.write_before_summary([&](const RunResults&) { return pause->go_on(); });
  }
  Reporters all;
  files.add_to(all);
  all.add(console);
  all.run_finished(merged.results);
  if (!merged.results.fault.empty()) throw Error(merged.results.fault);
  if (!terminal.flush()) throw Error("the standard output could not be written");
  return exit_code(merged.results);
}

}  // namespace roundtrip
