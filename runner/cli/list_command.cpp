#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/cli/sharding.h"
#include "runner/report/ctest.h"
#include "runner/report/report_file.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

constexpr const char* kHelp =
    "roundtrip list CONFIG [options]\n"
    "\n"
    "Prints the name of every test that 'roundtrip run CONFIG' would run; of a shard, those that\n"
    "'run' with the same --shard would. Variables that ask 'run' for a shard are not heard.\n"
    "\n"
    "Examples:\n"
    "  roundtrip list config/serdes.yaml --filter 'Corpus.*'\n"
    "  roundtrip list config/serdes.yaml --json | jq -r '.[].xfail.property'\n"
    "  roundtrip list config/nightly.yaml --matrix --json\n"
    "  roundtrip list config/serdes.yaml --shard 2/5\n"
    "  roundtrip list config/serdes.yaml --ctest serdes.cmake\n";

void print_json(const std::vector<PlannedTest>& plan) {
  auto tests = nlohmann::ordered_json::array();
  for (const auto& test : plan) tests.push_back(test_json(test));
  std::cout << to_text(tests);
}

void print_text(const std::vector<PlannedTest>& plan) {
  for (const auto& test : plan) {
    std::cout << test.id();
    if (!test.skip_reason.empty()) {
      std::cout << "  [skip: " << test.skip_reason << "]";
    } else if (test.xfail) {
      std::cout << "  [xfail: " << test.xfail->property << "]";
    }
    if (test.quarantine) std::cout << "  [quarantine: " << test.quarantine->reason << "]";
    std::cout << "\n";
  }
}

/// The command that CTest starts, with the options of this one that change how a test runs.
CtestCommand ctest_command(const Arguments& arguments) {
  CtestCommand command;
  command.prefix = arguments.text("ctest-prefix").value_or("");
  const auto runner = std::filesystem::read_symlink("/proc/self/exe");
  command.words = {runner.string(), "run",
                   std::filesystem::absolute(arguments.required_config()).string()};
  const auto add = [&](const char* option, const std::string& value) {
    command.words.insert(command.words.end(), {std::string("--") + option, value});
  };
  for (const auto& path : arguments.plugin_dirs()) {
    add("plugin-dir", std::filesystem::absolute(path).string());
  }
  if (const auto profile = arguments.text("profile")) add("profile", *profile);
  for (const auto& text : arguments.texts("set")) add("set", text);
  add("shard", kNoShard);
  add("color", "never");
  return command;
}

/// An empty configuration is none of CTest's faults: the next build may have tests.
int write_ctest(const Arguments& arguments, const Session& session) {
  if (session.plan.empty()) std::cerr << "warning: no test is selected\n";
  write_report_file(
      *arguments.text("ctest"),
      ctest_script(session.plan, session.all_runs.size() > 1, ctest_command(arguments)));
  return kAllAsExpected;
}

/// A CI fans out over the names, and gives each to `run --cell`.
int list_cells(const Config& config, bool as_json) {
  auto names = nlohmann::ordered_json::array();
  for (const auto& run : config.runs) names.push_back(run.name);
  if (as_json) {
    std::cout << to_line(names);
  } else {
    for (const auto& run : config.runs) std::cout << run.name << "\n";
  }
  return kAllAsExpected;
}

}  // namespace

int list_command(const CommandLine& line) {
  Arguments arguments("list", kHelp);
  arguments.add_config();
  arguments.add_selection();
  declare_sharding(arguments.options());
  arguments.options().add_options()                                  //
      ("json", "print a JSON array with all that is known of each")  //
      ("matrix",
       "print the names of the runs and of their matrix's cells instead; no plugin is "
       "loaded for it")  //
      ("ctest", boost::program_options::value<std::string>()->value_name("FILE"),
       "write a file for CTest instead, which has a test for each")  //
      ("ctest-prefix", boost::program_options::value<std::string>()->value_name("TEXT"),
       "what the names of those tests start with");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;

  const bool is_for_ctest = arguments.has("ctest");
  if (arguments.has("matrix")) return list_cells(load_config(arguments), arguments.has("json"));
  check_sharding(arguments);
  const auto shard = given_shard(arguments);
  Session session = open_session(arguments);
  if (session.plan.empty() && !is_for_ctest) {
    std::cerr << "error: no test is selected\n";
    return kNothingSelected;
  }
  if (shard) take_shard(arguments, *shard, session);
  if (is_for_ctest) return write_ctest(arguments, session);
  arguments.has("json") ? print_json(session.plan) : print_text(session.plan);
  return kAllAsExpected;
}

}  // namespace roundtrip
