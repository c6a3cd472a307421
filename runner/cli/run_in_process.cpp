#include "runner/cli/run_in_process.h"

#include <fmt/format.h>

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

/// Takes over the plugins and the environment of the worker whose tests these are.
void become_worker(const Session& session, PluginHost& host) {
  const auto worker_of = [&](const PlannedTest& test) {
    return session.workers->index_of(test.run_index);
  };
  if (session.plan.empty()) return;
  const PlannedTest& first = session.plan.front();
  for (const auto& test : session.plan) {
    if (worker_of(test) == worker_of(first)) continue;
    throw UsageError(
        fmt::format("--isolation none runs all tests in one process, but those of {} and {} have "
                    "plugins or environments of their own; choose a run with --cell",
                    first.run, test.run));
  }
  const RunConfig& run = session.config->runs[first.run_index];
  for (const auto& [name, value] : run.environment) ::setenv(name.c_str(), value.c_str(), 1);
  for (const auto& plugin : session.workers->catalog(run).plugins) host.load(plugin.path);
}

Attempt run_here(PluginHost& host, const PlannedTest& test) {
  if (!test.skip_reason.empty()) return {Outcome::skipped, 0, test.skip_reason};
  const auto start = Clock::now();
  const TestOutcome outcome =
      run_test(host, {host.suite(*test.suite_call), test_run(test), test.chain});
  return {judge(outcome.status, test.xfail.has_value()),
          seconds_since(start),
          valid_utf8(outcome.message),
          "",
          "",
          outcome.subcases};
}

}  // namespace

int run_in_process(const Session& session, const Order& order, std::size_t max_failures,
                   RunReporters& reporters) {
  PluginHost host;
  become_worker(session, host);
  RunResults results;
  results.planned = session.plan.size();
  results.started = std::chrono::system_clock::now();
  const auto start = Clock::now();
  reporters.all().run_started({session.plan.size(), session.plan.size(), 1});
  std::size_t bad = 0;
  for (const std::size_t index : order) {
    const PlannedTest& test = session.plan[index];
    results.tests.push_back(make_result(test, run_here(host, test)));
    reporters.all().test_finished(results.tests.back());
    bad += results.tests.back().is_bad() ? 1 : 0;
    results.gave_up =
        max_failures > 0 && bad >= max_failures && results.tests.size() < order.size();
    if (results.gave_up) break;
  }
  for (std::size_t i = results.tests.size(); i < order.size(); ++i) {
    results.not_run.push_back(&session.plan[order[i]]);
  }
  results.seconds = seconds_since(start);
  reporters.all().run_finished(results);
  reporters.flush();
  return exit_code(results);
}

}  // namespace roundtrip
