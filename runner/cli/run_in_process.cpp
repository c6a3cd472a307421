#include "runner/cli/run_in_process.h"

#include <chrono>
#include <cstdlib>

#include "runner/cli/exit_code.h"
#include "runner/plugin_host/plugin_host.h"
#include "runner/process/test_child.h"
#include "runner/text/utf8.h"

namespace roundtrip {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void load_plugins(const WorkerPool& workers, PluginHost& host) {
  for (const auto& plugin : workers.plugins()) host.load(plugin.path);
}

Attempt run_here(const Config& config, const PluginHost& host, const PlannedTest& test) {
  if (!test.skip_reason.empty()) return {Outcome::skipped, 0, test.skip_reason};
  for (const auto& [name, value] : config.runs[test.run_index].environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  const auto start = Clock::now();
  const TestOutcome outcome = run_test(
      host, {host.suite(test.suite), test.test, *test.options, test.chain, setup_of(test)});
  return {judge(outcome.status, test.xfail.has_value()), seconds_since(start),
          valid_utf8(outcome.message)};
}

}  // namespace

int run_in_process(const Session& session, const Order& order, RunReporters& reporters) {
  PluginHost host;
  load_plugins(*session.workers, host);
  RunResults results;
  results.planned = session.plan.size();
  results.started = std::chrono::system_clock::now();
  const auto start = Clock::now();
  reporters.all().run_started({session.plan.size(), session.plan.size(), 1});
  for (const std::size_t index : order) {
    const PlannedTest& test = session.plan[index];
    results.tests.push_back(make_result(test, run_here(*session.config, host, test)));
    reporters.all().test_finished(results.tests.back());
  }
  results.seconds = seconds_since(start);
  reporters.all().run_finished(results);
  reporters.flush();
  return exit_code(results);
}

}  // namespace roundtrip
