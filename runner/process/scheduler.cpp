#include "runner/process/scheduler.h"

#include <poll.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cerrno>
#include <numeric>

namespace roundtrip {

namespace {

using Clock = RunningTest::Clock;
using namespace std::chrono_literals;

/// How often progress is reported when nothing else happens.
constexpr auto kTick = 200ms;

/// Workers in a row that may die without having started a test.
constexpr int kMostIdleDeaths = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Scheduler::Scheduler(WorkerClient& worker, const std::vector<PlannedTest>& plan, int jobs,
                     Reporter& reporter)
    : worker_(worker),
      plan_(plan),
      jobs_(jobs),
      reporter_(reporter),
      waiting_(plan.size()),
      results_(plan.size()) {
  std::iota(waiting_.begin(), waiting_.end(), 0);
}

RunResults Scheduler::run() {
  RunResults results;
  results.planned = plan_.size();
  results.jobs = jobs_;
  results.started = std::chrono::system_clock::now();
  started_ = Clock::now();
  reporter_.run_started({plan_.size(), jobs_});
  try {
    run_tests();
  } catch (const std::exception& error) {
    results.fault = error.what();
    for (const auto& test : running_) test->kill();
  }
  results.seconds = seconds_since(started_);
  results.interrupted = interrupted_;
  for (auto& result : results_) {
    if (result) results.tests.push_back(std::move(*result));
  }
  return results;
}

void Scheduler::run_tests() {
  while (!is_done()) {
    start_tests();
    report_progress();
    wait_for_events();
    handle_deadlines();
  }
}

bool Scheduler::is_done() const {
  if (!running_.empty()) return false;
  return interrupted_ || (waiting_.empty() && suspects_.empty());
}

bool Scheduler::may_start() const {
  if (interrupted_) return false;
  if (!suspects_.empty() || runs_alone_) return running_.empty();
  return !waiting_.empty() && running_.size() < static_cast<std::size_t>(jobs_);
}

void Scheduler::start_tests() {
  while (may_start()) {
    runs_alone_ = !suspects_.empty();
    auto& queue = runs_alone_ ? suspects_ : waiting_;
    if (queue.empty()) return;
    const std::size_t id = queue.front();
    queue.pop_front();
    const PlannedTest& test = plan_[id];
    if (test.skip_reason.empty()) {
      start(id);
    } else {
      finish({&test, Outcome::skipped, 0, test.skip_reason, ""}, id);
    }
  }
}

void Scheduler::start(std::size_t id) {
  if (worker_is_dead_) worker_.restart();
  worker_is_dead_ = false;
  RunningTest::Ends ends;
  running_.push_back(std::make_unique<RunningTest>(id, plan_[id], ends));
  // A worker that cannot be reached is found dead when its events are read.
  worker_.start_test(id, plan_[id], ends.output, ends.result);
}

void Scheduler::wait_for_events() {
  if (running_.empty()) return;
  std::vector<pollfd> fds = {{interrupts_.fd(), POLLIN, 0}, {worker_.fd(), POLLIN, 0}};
  Clock::time_point until = Clock::now() + kTick;
  for (const auto& test : running_) {
    fds.push_back({test->output_fd(), POLLIN, 0});
    fds.push_back({test->result_fd(), POLLIN, 0});
    until = std::min(until, test->deadline());
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const int timeout = static_cast<int>(std::max<long>(0, wait.count()));
  if (::poll(fds.data(), fds.size(), timeout) < 0 && errno != EINTR) throw_errno("poll");
  read_pipes(fds);
  if (fds[0].revents) handle_interrupts();
  if (fds[1].revents) handle_worker_events();
}

void Scheduler::read_pipes(const std::vector<pollfd>& fds) {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (fds[2 + 2 * i].revents) running_[i]->read_output();
    if (fds[3 + 2 * i].revents) running_[i]->read_result();
  }
}

void Scheduler::handle_interrupts() {
  const int count = interrupts_.take();
  if (count == 0) return;
  const bool at_once = interrupted_ || count > 1;
  interrupted_ = true;
  for (const auto& test : running_) {
    if (at_once) {
      test->kill();
    } else {
      test->interrupt();
    }
  }
}

void Scheduler::handle_worker_events() {
  std::vector<WorkerEvent> events;
  try {
    events = worker_.events();
  } catch (const WorkerDied& death) {
    handle_worker_death(death.what());
    return;
  }
  for (const auto& event : events) {
    const auto found = find(event.id);
    if (found == running_.end()) continue;
    const auto test = std::move(*found);
    running_.erase(found);
    finish(event.not_started.empty() ? test->conclude(event.status)
                                     : test->conclude(Outcome::error, event.not_started),
           event.id);
  }
}

void Scheduler::handle_deadlines() {
  const auto now = Clock::now();
  const bool worker_answers = std::all_of(running_.begin(), running_.end(),
                                          [&](auto& test) { return test->keep_time(now); });
  if (worker_answers) return;
  worker_.end();
  handle_worker_death("no longer answered");
}

void Scheduler::handle_worker_death(const std::string& how) {
  worker_is_dead_ = true;
  Running lost;
  lost.swap(running_);
  for (const auto& test : lost) {
    if (test->result_fd() >= 0) test->read_result();
    test->kill();
  }
  const auto begun =
      std::count_if(lost.begin(), lost.end(), [](const auto& test) { return test->has_begun(); });
  if (begun == 0 && ++idle_deaths_ == kMostIdleDeaths) {
    throw PluginError("the worker process " + how + " before it could start a test");
  }
  for (auto& test : lost) conclude_or_retry(std::move(test), begun == 1, how);
}

void Scheduler::conclude_or_retry(std::unique_ptr<RunningTest> test, bool only_suspect,
                                  const std::string& how) {
  if (!test->has_begun()) {
    waiting_.push_front(test->id());
  } else if (only_suspect) {
    finish(test->conclude(Outcome::crashed,
                          "the worker process " + how + " while only this test ran in it"),
           test->id());
  } else {
    suspects_.push_back(test->id());
  }
}

void Scheduler::finish(TestResult result, std::size_t id) {
  if (interrupted_ && is_bad(result.outcome)) return;  // we ended it ourselves
  reporter_.test_finished(result);
  results_[id] = std::move(result);
  idle_deaths_ = 0;
}

void Scheduler::report_progress() {
  Progress progress{seconds_since(started_), {}};
  for (const auto& test : running_) progress.running.push_back(&test->test());
  reporter_.progressed(progress);
}

Scheduler::Running::iterator Scheduler::find(std::size_t id) {
  return std::find_if(running_.begin(), running_.end(),
                      [&](const auto& test) { return test->id() == id; });
}

}  // namespace roundtrip
