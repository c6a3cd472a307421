#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "runner/cli/changed_config.h"
#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/fan_out_arguments.h"
#include "runner/cli/session.h"
#include "runner/cli/sharding.h"
#include "runner/fan_out/gitlab.h"
#include "runner/report/ctest.h"
#include "runner/report/report_file.h"
#include "runner/report/test_json.h"
#include "runner/report/test_list.h"

namespace roundtrip {

namespace {

constexpr const char* kListHelp =
    "roundtrip list CONFIG [options]\n"
    "\n"
    "Prints the name of every test that 'roundtrip run CONFIG' would run: on a terminal as a tree\n"
    "with counts, into a pipe a line for each. Of a shard, those that 'run' with the same --shard\n"
    "would. Variables that ask 'run' for a shard are not heard.\n"
    "\n"
    "Examples:\n"
    "  roundtrip list config/serdes.yaml --filter 'Corpus.*'\n"
    "  roundtrip list config/serdes.yaml --json | jq -r '.[].xfail.property'\n"
    "  roundtrip list config/nightly.yaml --matrix --json                 # for GitHub's fromJson\n"
    "  roundtrip list config/nightly.yaml --matrix=gitlab --shards 2 > pipeline.yml\n"
    "  roundtrip list config/serdes.yaml --shard 2/5\n"
    "  roundtrip list config/serdes.yaml --ctest serdes.cmake\n";

void print_tests_json(const std::vector<PlannedTest>& plan) {
  JsonList tests;
  for (const auto& test : plan) tests.push_back(test_json(test));
  std::cout << to_text(std::move(tests));
}

/// Output to a terminal is for a person, to a pipe for a script.
void print_tests(const std::vector<PlannedTest>& plan, bool as_tree) {
  const Terminal terminal(stdout, ColorMode::automatic);
  std::cout << (as_tree || terminal.is_interactive() ? test_tree(plan, terminal)
                                                     : test_lines(plan));
}

/// The command that CTest starts, with the options of this one that change how a test runs.
CtestCommand ctest_command(const Arguments& arguments) {
  CtestCommand command;
  command.prefix = arguments.text("ctest-prefix").value_or("");
  const auto runner = std::filesystem::read_symlink("/proc/self/exe");
  command.words = {runner.string(), "run",
                   std::filesystem::absolute(arguments.required_config()).string()};
  const auto options = arguments.run_options(PathStyle::absolute);
  command.words.insert(command.words.end(), options.begin(), options.end());
  command.words.insert(command.words.end(), {"--shard", kNoShard, "--color", "never"});
  return command;
}

/// A path as a makefile's rule has it.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == ' ' || c == '#' || c == '\\') text += '\\';
    if (c == '$') text += '$';
    text += c;
  }
  return text;
}

/// What the file for CTest was made of, as the rule of a makefile.
std::string dependencies(const std::string& file, const Session& session) {
  std::string rule = escaped(std::filesystem::absolute(file).string()) + ":";
  const auto add = [&](const std::filesystem::path& path) {
    rule += " \\\n  " + escaped(std::filesystem::absolute(path).string());
  };
  for (const auto& path : session.config->files) add(path);
  for (const auto& plugin : session.workers->plugins()) add(plugin.path);
  return rule + "\n";
}

/// An empty configuration is none of CTest's faults: the next build may have tests.
int write_ctest(const Arguments& arguments, const Session& session) {
  if (session.plan.empty()) std::cerr << "warning: no test is selected\n";
  const std::string file = *arguments.text("ctest");
  if (const auto path = arguments.text("ctest-depfile")) {
    write_report_file(*path, dependencies(file, session));
  }
  write_report_file(
      file, ctest_script(session.plan, session.all_runs.size() > 1, ctest_command(arguments)));
  return kAllAsExpected;
}

/// A CI starts a job for each name, with `run --cell NAME`.
void print_cells(const Config& config, bool as_json) {
  auto names = nlohmann::ordered_json::array();
  for (const auto& run : config.runs) names.push_back(run.name);
  if (as_json) {
    std::cout << to_line(names);
  } else {
    for (const auto& run : config.runs) std::cout << run.name << "\n";
  }
}

int list_matrix(const CommandLine& line, Arguments& arguments) {
  arguments.check_choice("matrix", {"names", "gitlab"});
  const bool is_for_gitlab = arguments.get<std::string>("matrix") == "gitlab";
  if (is_for_gitlab && arguments.has("json"))
    throw UsageError("--matrix=gitlab prints YAML: leave out --json");
  if (!is_for_gitlab && arguments.has("shards"))
    throw UsageError("--shards goes with --matrix=gitlab");
  const Config config = load_config(arguments);
  if (is_for_gitlab) {
    std::cout << gitlab_pipeline(fan_out_of(config, arguments, line.program, PathStyle::as_given));
  } else {
    print_cells(config, arguments.has("json"));
  }
  return kAllAsExpected;
}

}  // namespace

int list_command(const CommandLine& line) {
  Arguments arguments("list", kListHelp);
  arguments.add_config();
  arguments.add_selection();
  declare_sharding(arguments.options());
  declare_fan_out(arguments.options());
  arguments.options().add_options()  //
      ("tree",
       "print the tests below their runs and classes, with counts, as is done on a terminal "
       "without "
       "being asked; a pipe gets a line for each test, with its whole name")  //
      ("json", "print a JSON array with all that is known of each")           //
      ("matrix", boost::program_options::value<std::string>()->implicit_value("names", "names"),
       "print the names of the runs and of their matrix's cells instead (=gitlab: a child pipeline "
       "with a job for each); no plugin is loaded for it")  //
      ("ctest", boost::program_options::value<std::string>()->value_name("FILE"),
       "write a file for CTest instead, which has a test for each")  //
      ("ctest-prefix", boost::program_options::value<std::string>()->value_name("TEXT"),
       "what the names of those tests start with")  //
      ("ctest-depfile", boost::program_options::value<std::string>()->value_name("FILE"),
       "write what that file is made of, configurations and plugins, for the build");
  arguments.add_plugin_dirs();
  if (!arguments.parse(line)) return kAllAsExpected;

  const bool is_for_ctest = arguments.has("ctest");
  if (arguments.has("matrix")) return list_matrix(line, arguments);
  if (arguments.has("shards")) throw UsageError("--shards goes with --matrix=gitlab");
  check_sharding(arguments);
  const auto shard = given_shard(arguments);
  Session session = open_session(arguments);
  if (session.plan.empty() && !is_for_ctest) {
    std::cerr << "error: no test is selected\n";
    return kNothingSelected;
  }
  if (shard) take_shard(arguments, *shard, session);
  if (is_for_ctest) return write_ctest(arguments, session);
  arguments.has("json") ? print_tests_json(session.plan)
                        : print_tests(session.plan, arguments.has("tree"));
  return kAllAsExpected;
}

}  // namespace roundtrip
