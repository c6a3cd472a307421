#include "runner/cli/run_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>

#include "runner/cli/artifacts.h"
#include "runner/cli/run_reporters.h"
#include "runner/cli/sharding.h"

namespace roundtrip {

namespace {

namespace po = boost::program_options;

constexpr const char* kRunHelp =
    "roundtrip run CONFIG [options]\n"
    "\n"
    "Runs every test that the configuration derives, each in a process of its own.\n"
    "A test that carries its run's xfail property is expected to fail: failing is\n"
    "'xfailed' and counts as passed, passing is 'xpassed' and counts as failed. A crash\n"
    "or a timeout always counts as failed.\n"
    "\n"
    "Examples:\n"
    "  roundtrip run config/serdes.yaml --jobs 4 --junit reports/serdes.xml\n"
    "  roundtrip run config/serdes.yaml --filter 'suite(TestExport) and not tag(slow)'\n"
    "  roundtrip run config/serdes.yaml --last-failed\n"
    "  roundtrip run config/serdes.yaml --stepwise        # to the next failure; fix it; again\n"
    "  roundtrip run config/serdes.yaml --watch --filter 'suite(MySuite)'\n"
    "  roundtrip run config/serdes.yaml --shard 2/4 --set timeout=60\n";

void declare_order(po::options_description& options) {
  options.add_options()                                                   //
      ("last-failed", "only tests that made the run fail the last time")  //
      ("failed-first", "those tests first")                               //
      ("shuffle", po::value<std::uint64_t>()->implicit_value(0, "")->value_name("SEED"),
       "run the tests in an order that the seed decides; without one, a new seed is made")       //
      ("repeat", po::value<int>()->default_value(1)->value_name("N"), "run every test N times")  //
      ("stress", po::value<double>()->default_value(0, "none")->value_name("SECONDS"),
       "run the tests again and again for so long, each until it fails")  //
      ("stepwise",
       "run the tests in the order of the configuration and stop at the first that fails; the next "
       "time, leave out those before it that passed, and go on from it")  //
      ("watch",
       "do not end: when a file of the configuration, a plugin, or a module or program of a suite "
       "has changed, run the tests again that depend on it, until Ctrl-C; the exit code is the "
       "last "
       "run's")                                                            //
      ("fail-fast,x", "start no further test after the first that fails")  //
      ("max-failures", po::value<int>()->default_value(0, "none")->value_name("N"),
       "start no further test after N failed")  //
      ("isolation", po::value<std::string>()->default_value("process")->value_name("HOW"),
       "process: each test in one of its own; none: all in this process, one after another and "
       "without timeouts, memory limits, retries and looking for processes that a test leaves, for "
       "debuggers")  //
      ("resume",
       "go on with the last run, which was interrupted or killed; refused when settings, "
       "configuration or plugins have changed since. With a filter, a part of it goes on first");
}

int check_positive(const Arguments& arguments, const std::string& option) {
  const int value = arguments.get<int>(option);
  if (value >= 1) return value;
  throw UsageError(fmt::format("--{} takes 1 or more, not {}", option, value));
}

void check_stress(const Arguments& arguments) {
  const auto seconds = arguments.get<double>("stress");
  if (!std::isfinite(seconds) || seconds < 0) {
    throw UsageError(fmt::format("--stress takes a number of seconds, not {}", seconds));
  }
  if (seconds > 0 && arguments.get<int>("repeat") > 1) {
    throw UsageError("--stress repeats the tests already: leave out --repeat");
  }
}

void check_isolation(const Arguments& arguments) {
  arguments.check_choice("isolation", {"process", "none"});
  if (is_isolated(arguments)) return;
  const bool resumes = arguments.has("resume");
  if (!resumes && arguments.get<double>("stress") == 0) return;
  throw UsageError(fmt::format("--{} needs a process for each test: leave out --isolation none",
                               resumes ? "resume" : "stress"));
}

/// Options that would contradict each other.
void check_together(const Arguments& arguments) {
  const auto refuse = [&](const char* option, const std::vector<const char*>& others,
                          const char* why) {
    if (!arguments.has(option)) return;
    for (const char* other : others) {
      if (arguments.has(other)) {
        throw UsageError(fmt::format("--{} {}: leave out --{}", option, why, other));
      }
    }
    if (!is_isolated(arguments)) {
      throw UsageError(
          fmt::format("--{} needs a process for each test: leave out --isolation none", option));
    }
    if (arguments.get<double>("stress") > 0) {
      throw UsageError(fmt::format("--{} {}: leave out --stress", option, why));
    }
  };
  refuse("stepwise", {"shuffle", "failed-first", "last-failed", "resume"},
         "decides itself which tests run and in which order");
  refuse("watch", {"stepwise", "resume"}, "runs tests again when they have changed");
}

}  // namespace

Arguments run_arguments() {
  Arguments arguments("run", kRunHelp);
  arguments.add_config();
  arguments.add_selection();
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  arguments.options().add_options()  //
      ("jobs,j", po::value<int>()->default_value(cores)->value_name("N"),
       "tests that run at once (default: the cores); one of several threads counts as several");
  arguments.options().add_options()(
      "no-capture",
      "what tests print goes to the standard output at once, and in no report; they "
      "run one after another");
  declare_order(arguments.options());
  declare_sharding(arguments.options());
  RunReporters::declare(arguments.options());
  declare_artifacts(arguments.options());
  arguments.add_plugin_dirs();
  return arguments;
}

ScheduleOptions schedule_options(const Arguments& arguments) {
  ScheduleOptions options;
  options.jobs = check_positive(arguments, "jobs");
  const int failures = arguments.get<int>("max-failures");
  if (failures != 0) {
    options.max_failures = static_cast<std::size_t>(check_positive(arguments, "max-failures"));
  }
  if (arguments.has("fail-fast") || arguments.has("stepwise")) options.max_failures = 1;
  options.stress = arguments.get<double>("stress");
  options.captures = !arguments.has("no-capture");
  if (!options.captures) options.jobs = 1;
  return options;
}

bool is_isolated(const Arguments& arguments) {
  return arguments.get<std::string>("isolation") == "process";
}

void check_run_arguments(const Arguments& arguments) {
  schedule_options(arguments);
  given_shard(arguments);
  check_positive(arguments, "repeat");
  check_sharding(arguments);
  check_stress(arguments);
  check_isolation(arguments);
  check_together(arguments);
  RunReporters::check(arguments);
  check_artifacts(arguments);
}

}  // namespace roundtrip
