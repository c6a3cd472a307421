#include <fmt/format.h>
#include <roundtrip/error.h>

#include <iostream>
#include <memory>
#include <thread>

#include "runner/cli/commands.h"
#include "runner/cli/exit_code.h"
#include "runner/cli/session.h"
#include "runner/process/scheduler.h"
#include "runner/report/console.h"
#include "runner/report/json_report.h"
#include "runner/report/junit.h"

namespace roundtrip {

namespace {

namespace po = boost::program_options;

constexpr const char* kHelp =
    "roundtrip run CONFIG [options]\n"
    "\n"
    "Runs every test that the configuration derives, each in a process of its own.\n"
    "A test that carries its run's xfail property is expected to fail: failing is\n"
    "'xfailed' and counts as passed, passing is 'xpassed' and counts as failed. A crash\n"
    "or a timeout always counts as failed.\n"
    "\n"
    "Examples:\n"
    "  roundtrip run config/serdes.yaml --jobs 4 --junit reports/serdes.xml\n"
    "  roundtrip run config/serdes.yaml --filter 'TestExport.test_basic' --filter '*conv*'\n";

ColorMode color_mode(const std::string& text) {
  if (text == "auto") return ColorMode::automatic;
  if (text == "always") return ColorMode::always;
  if (text == "never") return ColorMode::never;
  throw UsageError("--color takes auto, always or never, not '" + text + "'");
}

Arguments declare_arguments() {
  Arguments arguments("run", kHelp);
  arguments.add_config();
  arguments.add_filters();
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  arguments.options().add_options()  //
      ("jobs,j", po::value<int>()->default_value(cores)->value_name("N"),
       "tests that run at once (default: the cores)")                                     //
      ("junit", po::value<std::string>()->value_name("FILE"), "write JUnit XML to FILE")  //
      ("json", po::value<std::string>()->value_name("FILE"),
       "write a JSON record of every test to FILE")  //
      ("color", po::value<std::string>()->default_value("auto")->value_name("WHEN"),
       "auto (on a terminal; NO_COLOR and FORCE_COLOR are honoured), always or never");
  arguments.add_plugin_dirs();
  return arguments;
}

std::string repeat_command(const std::string& program, const Arguments& arguments) {
  std::string command = program + " run " + arguments.required_config().string();
  for (const auto& path : arguments.plugin_dirs()) command += " --plugin-dir " + path.string();
  return command;
}

int exit_code(const RunResults& results) {
  if (results.interrupted) return kInterrupted;
  return results.bad_count() > 0 ? kTestsFailed : kAllAsExpected;
}

/// The reporters that the command line asks for. The console comes last, so that
/// its closing line is the last one even when a report cannot be written.
class RunReporters {
 public:
  RunReporters(const Arguments& arguments, Terminal& terminal, const std::string& command)
      : console_(terminal, command) {
    if (arguments.has("junit")) {
      reporters_.add(junit_.emplace(arguments.get<std::string>("junit")));
    }
    if (arguments.has("json")) reporters_.add(json_.emplace(arguments.get<std::string>("json")));
    reporters_.add(console_);
  }

  Reporter& all() { return reporters_; }

 private:
  ConsoleReporter console_;
  std::optional<JUnitReporter> junit_;
  std::optional<JsonReporter> json_;
  Reporters reporters_;
};

}  // namespace

int run_command(const CommandLine& line) {
  Arguments arguments = declare_arguments();
  if (!arguments.parse(line)) return kAllAsExpected;
  const int jobs = arguments.get<int>("jobs");
  if (jobs < 1) throw UsageError("--jobs takes a number from 1 on");
  Terminal terminal(stdout, color_mode(arguments.get<std::string>("color")));

  Session session = open_session(arguments);
  if (session.plan.empty()) {
    std::cerr << "error: no test is selected; 'roundtrip list' prints the names of all tests\n";
    return kNothingSelected;
  }
  RunReporters reporters(arguments, terminal, repeat_command(line.program, arguments));
  const RunResults results = Scheduler(session.worker, session.plan, jobs, reporters.all()).run();
  reporters.all().run_finished(results);
  if (!results.fault.empty()) throw Error(results.fault);
  if (!terminal.flush()) throw Error("the standard output could not be written");
  return exit_code(results);
}

}  // namespace roundtrip
