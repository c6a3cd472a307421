#include "runner/cli/run_arguments.h"

#include <algorithm>
#include <cstdint>
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

}  // namespace roundtrip
