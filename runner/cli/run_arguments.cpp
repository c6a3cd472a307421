#include "runner/cli/run_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "runner/cli/run_reporters.h"

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
    "  roundtrip run config/serdes.yaml --filter 'suite(TestExport) and not tag(slow)'\n"
    "  roundtrip run config/serdes.yaml --last-failed\n"
    "  roundtrip run config/serdes.yaml --shard 2/4 --set timeout=60\n";

void declare_order(po::options_description& options) {
  options.add_options()                                                   //
      ("last-failed", "only tests that made the run fail the last time")  //
      ("failed-first", "those tests first")                               //
      ("shuffle", po::value<std::uint64_t>()->implicit_value(0, "")->value_name("SEED"),
       "run the tests in an order that the seed decides; without one, a new seed is made")       //
      ("repeat", po::value<int>()->default_value(1)->value_name("N"), "run every test N times")  //
      ("stress", po::value<double>()->default_value(0, "none")->value_name("SECONDS"),
       "run the tests again and again for so long, each until it fails")   //
      ("fail-fast,x", "start no further test after the first that fails")  //
      ("max-failures", po::value<std::size_t>()->default_value(0, "none")->value_name("N"),
       "start no further test after N failed")  //
      ("shard", po::value<std::string>()->value_name("I/N"),
       "only part I of N; the variables of Bazel, GoogleTest, GitLab, Slurm and Kubernetes "
       "(with ROUNDTRIP_TOTAL_SHARDS) say the same")  //
      ("shard-by", po::value<std::string>()->default_value("name")->value_name("HOW"),
       "name: by a hash of the test's name; time: by the times of earlier runs")  //
      ("times", po::value<std::string>()->value_name("REPORT"),
       "the JSON report with the times by which shards are made, the same for all; without it, "
       "they come from this machine's history")  //
      ("isolation", po::value<std::string>()->default_value("process")->value_name("HOW"),
       "process: each test in one of its own; none: all in this process, one after another and "
       "without timeouts, memory limits and retries, for debuggers")  //
      ("resume", "go on with the last run, which was interrupted or killed");
}

int check_positive(const Arguments& arguments, const std::string& option) {
  const int value = arguments.get<int>(option);
  if (value >= 1) return value;
  throw UsageError(fmt::format("--{} takes 1 or more, not {}", option, value));
}

void check_choice(const Arguments& arguments, const std::string& option, const std::string& first,
                  const std::string& second) {
  const auto value = arguments.get<std::string>(option);
  if (value == first || value == second) return;
  throw UsageError(fmt::format("--{} takes {} or {}, not '{}'", option, first, second, value));
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

void check_sharding(const Arguments& arguments) {
  check_choice(arguments, "shard-by", "name", "time");
  if (arguments.has("times") && arguments.get<std::string>("shard-by") == "name") {
    throw UsageError("--times goes with --shard-by time");
  }
}

void check_isolation(const Arguments& arguments) {
  check_choice(arguments, "isolation", "process", "none");
  if (is_isolated(arguments)) return;
  const bool resumes = arguments.has("resume");
  if (!resumes && arguments.get<double>("stress") == 0) return;
  throw UsageError(fmt::format("--{} needs a process for each test: leave out --isolation none",
                               resumes ? "resume" : "stress"));
}

}  // namespace

Arguments run_arguments() {
  Arguments arguments("run", kHelp);
  arguments.add_config();
  arguments.add_selection();
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  arguments.options().add_options()  //
      ("jobs,j", po::value<int>()->default_value(cores)->value_name("N"),
       "tests that run at once (default: the cores); one of several threads counts as several");
  declare_order(arguments.options());
  RunReporters::declare(arguments.options());
  arguments.add_plugin_dirs();
  return arguments;
}

std::optional<Shard> shard_of(const Arguments& arguments) {
  // The file by which Bazel is told that shards are known.
  const char* status_file = std::getenv("TEST_SHARD_STATUS_FILE");
  if (status_file != nullptr) std::ofstream(status_file, std::ios::app);
  try {
    return find_shard(arguments.text("shard"), [](const char* name) { return std::getenv(name); });
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

ScheduleOptions schedule_options(const Arguments& arguments) {
  ScheduleOptions options;
  options.jobs = check_positive(arguments, "jobs");
  options.max_failures = arguments.get<std::size_t>("max-failures");
  if (arguments.has("fail-fast")) options.max_failures = 1;
  options.stress = arguments.get<double>("stress");
  return options;
}

bool is_isolated(const Arguments& arguments) {
  return arguments.get<std::string>("isolation") == "process";
}

void check_run_arguments(const Arguments& arguments) {
  schedule_options(arguments);
  shard_of(arguments);
  check_positive(arguments, "repeat");
  check_sharding(arguments);
  check_stress(arguments);
  check_isolation(arguments);
  RunReporters::check(arguments);
}

}  // namespace roundtrip
