#include "runner/cli/run_in_process.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <utility>

#include "runner/cli/exit_code.h"
#include "runner/plugin_host/plugin_host.h"
#include "runner/process/exit_guard.h"
#include "runner/process/set_up.h"
#include "runner/process/suite_scopes.h"
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
  const auto worker_of = [&](const PlannedTest& test) { return session.workers->index_of(test); };
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

/// Variables of this process while the object lives.
class ScopedEnvironment {
 public:
  explicit ScopedEnvironment(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before == nullptr ? std::nullopt : std::optional<std::string>(before);
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  ~ScopedEnvironment() {
    for (const auto& [name, value] : before_) {
      if (value) {
        ::setenv(name.c_str(), value->c_str(), 1);
      } else {
        ::unsetenv(name.c_str());
      }
    }
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

/// A run of a session's tests in this process.
class InProcessRun {
 public:
  InProcessRun(const Session& session, std::size_t max_failures, RunReporters& reporters)
      : session_(session), max_failures_(max_failures), reporters_(reporters) {
    become_worker(session, host_);
    results_.planned = session.plan.size();
    results_.started = std::chrono::system_clock::now();
  }

  int operator()(const Order& order) {
    RunStart start{results_.planned, {}, 1, 0};
    for (const auto& test : session_.plan) start.to_run.push_back(&test);
    reporters_.all().run_started(start);
    order_ = order;
    ExitGuard guard([this] { return end_early(); });
    for (const std::size_t index : order_) {
      running_ = &session_.plan[index];
      test_started_ = Clock::now();
      finish_test(run_test());
      results_.gave_up = max_failures_ > 0 && results_.bad_count() >= max_failures_ &&
                         results_.tests.size() < order_.size();
      if (results_.gave_up) break;
    }
    for (const auto& fault : scopes_.tear_down()) results_.fault = valid_utf8(fault);
    const int code = end();
    guard.finish(results_.fault.empty() ? code : kRunnerFault);
    if (!results_.fault.empty()) throw Error(results_.fault);
    return code;
  }

 private:
  Attempt run_test() {
    if (!running_->skip_reason.empty()) return {Outcome::skipped, 0, running_->skip_reason};
    if (!running_->fault.empty()) return {Outcome::error, 0, running_->fault};
    const ScopedEnvironment environment(running_->environment);
    const Suite& suite = host_.suite(*running_->suite_call);
    const TestOutcome& scope = scopes_.set_up(suite);
    if (scope.status != TestOutcome::Status::passed) {
      return {judge_not_started(scope.status), 0, valid_utf8(scope.message)};
    }
    const TestOutcome outcome =
        roundtrip::run_test(host_, suite, test_run(*running_), running_->chain);
    return {judge(outcome.status, running_->xfail.has_value()),
            seconds_since(test_started_),
            valid_utf8(outcome.message),
            "",
            "",
            outcome.subcases,
            {}};
  }

  void finish_test(Attempt attempt) {
    results_.tests.push_back(make_result(*std::exchange(running_, nullptr), std::move(attempt)));
    reporters_.all().test_finished(results_.tests.back());
  }

  int end() {
    for (std::size_t i = results_.tests.size(); i < order_.size(); ++i) {
      results_.not_run.push_back(&session_.plan[order_[i]]);
    }
    results_.seconds = seconds_since(started_);
    reporters_.all().run_finished(results_);
    reporters_.flush();
    return exit_code(results_);
  }

  /// The test that runs has called exit, or another function that ends the process.
  int end_early() {
    if (running_ == nullptr) return end();
    results_.fault =
        running_->id() + " ended the process, in which all tests run without isolation";
    finish_test({Outcome::crashed, seconds_since(test_started_),
                 "the test ended the process before the test was over"});
    return end();
  }

  const Session& session_;
  const std::size_t max_failures_;
  RunReporters& reporters_;
  PluginHost host_;
  RunResults results_;
  SuiteScopes scopes_;
  const Clock::time_point started_ = Clock::now();
  Order order_;
  const PlannedTest* running_ = nullptr;
  Clock::time_point test_started_;
};

/// What a test leaves running could be anybody's here.
void warn_of_leaks(const std::vector<PlannedTest>& plan) {
  const auto count = std::count_if(plan.begin(), plan.end(), [](const PlannedTest& test) {
    return test.settings.leaks == "fail";
  });
  if (count == 0) return;
  std::cerr << fmt::format(
      "warning: without isolation nobody looks for processes that tests leave running; 'leaks: "
      "fail' says to, of {} of {} tests\n",
      count, plan.size());
}

}  // namespace

int run_in_process(Session& session, const Order& order, std::size_t max_failures,
                   RunReporters& reporters) {
  warn_of_leaks(session.plan);
  SetUp set_up;
  std::vector<PlannedTest*> tests;
  for (auto& test : session.plan) tests.push_back(&test);
  {
    Interrupts interrupts;
    if (!set_up.run(session.config->setup, tests, interrupts)) return kInterrupted;
  }
  return InProcessRun(session, max_failures, reporters)(order);
}

}  // namespace roundtrip
