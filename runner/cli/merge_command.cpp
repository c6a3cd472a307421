#include <fmt/format.h>
#include <roundtrip/error.h>

#include <optional>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/run_reporters.h"
#include "runner/report/merge.h"

namespace roundtrip {

namespace {

constexpr const char* kHelp =
    "roundtrip merge REPORT... [options]\n"
    "\n"
    "Joins the JSON reports of a run's shards into the reports of one run, and prints its\n"
    "summary. Each shard must be there once, and every test in one. Exit codes are those of "
    "'run'.\n"
    "\n"
    "Example:\n"
    "  roundtrip merge shard1.json shard2.json --json all.json --junit all.xml\n";

Report read_and_merge(const std::vector<std::string>& names) {
  if (names.empty()) throw UsageError("'merge' needs REPORTs: roundtrip merge 1.json 2.json");
  const std::vector<std::filesystem::path> files(names.begin(), names.end());
  std::vector<Report> reports;
  for (const auto& file : files) reports.push_back(read_report(file));
  return merge_reports(std::move(reports), files);
}

}  // namespace

int merge_command(const CommandLine& line) {
  Arguments arguments("merge", kHelp);
  arguments.add_files("REPORT");
  const auto file = [] { return boost::program_options::value<std::string>()->value_name("FILE"); };
  arguments.options().add_options()                             //
      ("json", file(), "write the joined JSON report to FILE")  //
      ("junit", file(), "write JUnit XML to FILE")              //
      ("tap", file(), "write TAP 14 to FILE");
  if (!arguments.parse(line)) return kAllAsExpected;

  const Report merged = read_and_merge(arguments.texts("REPORT"));
  Terminal terminal(stdout, ColorMode::automatic);
  ConsoleReporter console(terminal, "roundtrip run CONFIG", Verbosity::quiet);
  Reporters all;
  std::optional<JsonReporter> json;
  std::optional<JUnitReporter> junit;
  std::optional<TapReporter> tap;
  if (const auto path = arguments.text("json")) {
    all.add(json.emplace(*path, merged.environment, merged.part));
  }
  if (const auto path = arguments.text("junit")) all.add(junit.emplace(*path));
  if (const auto path = arguments.text("tap")) all.add(tap.emplace(*path));
  all.add(console);
  all.run_finished(merged.results);
  if (!merged.results.fault.empty()) throw Error(merged.results.fault);
  if (!terminal.flush()) throw Error("the standard output could not be written");
  return exit_code(merged.results);
}

}  // namespace roundtrip
