#include "runner/process/scheduler.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <cerrno>

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

Scheduler::Scheduler(WorkerPool& workers, const std::vector<PlannedTest>& plan, const Order& order,
                     const std::vector<GroupEntry>& groups, ScheduleOptions options,
                     Reporter& reporter, Interrupts& interrupts)
    : plan_(plan),
      options_(options),
      reporter_(reporter),
      interrupts_(interrupts),
      workers_(workers, plan),
      waiting_(plan, groups, order),
      open_(plan),
      results_(plan.size()) {
}

void Scheduler::take_over(std::size_t index, TestResult result) {
  bad_ += result.is_bad() ? 1 : 0;
  results_[index] = std::move(result);
  waiting_.remove(index);
  workers_.leave(workers_.index_of(index));
}

RunResults Scheduler::run() {
  RunResults results;
  results.planned = plan_.size();
  results.jobs = options_.jobs;
  results.started = std::chrono::system_clock::now();
  started_ = Clock::now();
  try {
    RunStart start{plan_.size(), {}, options_.jobs, options_.stress};
    for (const std::size_t id : waiting_.in_order()) start.to_run.push_back(&plan_[id]);
    reporter_.run_started(start);
    run_tests();
    results.fault = workers_.tear_down();
  } catch (const std::exception& error) {
    results.fault = error.what();
    for (const auto& test : running_) test->kill();
  }
  results.seconds = seconds_since(started_);
  results.interrupted = interrupted_;
  results.gave_up = gave_up_;
  for (std::size_t id = 0; id < plan_.size(); ++id) {
    if (results_[id]) {
      results.tests.push_back(std::move(*results_[id]));
    } else {
      results.not_run.push_back(&plan_[id]);
    }
  }
  return results;
}

void Scheduler::run_tests() {
  while (!is_done()) {
    waiting_.end_delays(Clock::now());
    start_tests();
    reporter_.progressed(progress());
    wait_for_events();
    handle_deadlines();
  }
  report_stressed();
}

bool Scheduler::is_done() const {
  if (!running_.empty()) return false;
  return ends_early() || waiting_.empty();
}

/// Whether there is room: a test with more threads than `jobs` runs alone.
bool Scheduler::may_start(std::size_t id) const {
  if (running_.empty()) return true;
  if (waiting_.has_suspects() || runs_alone_) return false;
  std::int64_t taken = plan_[id].settings.threads;
  for (const auto& test : running_) taken += test->test().settings.threads;
  return taken <= options_.jobs;
}

void Scheduler::start_tests() {
  while (start_next()) {
  }
}

bool Scheduler::start_next() {
  const auto id = waiting_.next();
  if (ends_early() || !id) return false;
  if (ends_without_start(*id)) {
    waiting_.drop_next();
    return true;
  }
  if (waiting_.park_next()) return true;
  if (!may_start(*id)) return false;
  runs_alone_ = waiting_.has_suspects();
  waiting_.start_next();
  start(*id);
  return true;
}

/// Concludes a test that needs no process, or, in a stress run whose time is up, no further one.
bool Scheduler::ends_without_start(std::size_t id) {
  const PlannedTest& test = plan_[id];
  const TestResult* kept = open_.find_kept(id);
  if (kept != nullptr && !runs_again(*kept)) return true;
  if (!test.skip_reason.empty()) {
    conclude(id, {Outcome::skipped, 0, test.skip_reason});
    return true;
  }
  const std::string& scope_fault = workers_.scope_fault(workers_.index_of(id));
  const std::string& fault = scope_fault.empty() ? test.fault : scope_fault;
  if (!fault.empty()) conclude(id, {Outcome::error, 0, fault});
  return !fault.empty();
}

void Scheduler::start(std::size_t id) {
  WorkerClient& worker = workers_.start(workers_.index_of(id));
  RunningTest::Ends ends;
  running_.push_back(std::make_unique<RunningTest>(id, plan_[id], options_.captures, ends));
  // A worker that cannot be reached is found dead when its events are read.
  worker.start_test(id, plan_[id], running_.back()->token(), ends.output, ends.result);
}

void Scheduler::wait_for_events() {
  const auto delay_end = waiting_.next_delay_end();
  if (running_.empty() && !delay_end) return;
  std::vector<pollfd> fds = {{interrupts_.fd(), POLLIN, 0}};
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    fds.push_back({workers_.fd(i), POLLIN, 0});
  }
  const std::size_t first_test = fds.size();
  Clock::time_point until = Clock::now() + kTick;
  for (const auto& test : running_) {
    fds.push_back({test->output_fd(), POLLIN, 0});
    fds.push_back({test->result_fd(), POLLIN, 0});
    until = std::min(until, test->next_moment());
  }
  if (delay_end) until = std::min(until, *delay_end);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const int timeout = static_cast<int>(std::max<long>(0, wait.count()));
  if (::poll(fds.data(), fds.size(), timeout) < 0 && errno != EINTR) throw_errno("poll");
  read_pipes(fds, first_test);
  if (fds[0].revents) handle_interrupts();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (fds[1 + i].revents) handle_worker_events(i);
  }
}

void Scheduler::read_pipes(const std::vector<pollfd>& fds, std::size_t first) {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (fds[first + 2 * i].revents) running_[i]->read_output();
    if (fds[first + 1 + 2 * i].revents) running_[i]->read_result();
  }
}

void Scheduler::handle_interrupts() {
  const auto [ends, stops] = interrupts_.take();
  if (stops > 0) pause();
  if (ends == 0) return;
  const bool at_once = interrupted_ || ends > 1;
  if (!interrupted_) reporter_.run_interrupted(progress());
  interrupted_ = true;
  for (const auto& test : running_) at_once ? test->kill() : test->interrupt();
  if (at_once) running_.clear();  // a worker that is stopped would never tell of their end
}

/// The user stopped the runner: the tests stop with it, and none of it counts as their time.
void Scheduler::pause() {
  reporter_.run_pauses();
  for (const auto& test : running_) test->pause();
  const auto since = Clock::now();
  interrupts_.stop_process();
  const auto paused = Clock::now() - since;
  for (const auto& test : running_) test->go_on(paused);
}

void Scheduler::handle_worker_events(std::size_t worker) {
  std::vector<WorkerEvent> events;
  try {
    events = workers_.events(worker);
  } catch (const WorkerDied& death) {
    handle_worker_death(worker, death.what());
    return;
  }
  for (const auto& event : events) {
    const auto found = find(event.id);
    if (found == running_.end()) continue;
    if (!event.not_started && !(*found)->note_status(event.status)) continue;
    const auto test = std::move(*found);
    running_.erase(found);
    waiting_.end(event.id);
    finish(event.id, event.not_started ? test->conclude(*event.not_started)
                                       : test->conclude(event.status, event.left_running));
  }
}

void Scheduler::handle_deadlines() {
  const auto now = Clock::now();
  std::vector<std::size_t> silent;
  for (const auto& test : running_) {
    if (test->became_slow(now)) {
      reporter_.test_slow(test->test(),
                          std::chrono::duration<double>(now - test->started()).count());
    }
    if (!test->keep_time(now)) silent.push_back(workers_.index_of(test->id()));
  }
  for (const std::size_t worker : silent) {
    if (!workers_.is_running(worker)) continue;
    workers_.end(worker);
    handle_worker_death(worker, "no longer answered");
  }
}

Scheduler::Running Scheduler::take_lost(std::size_t worker) {
  const auto first = std::stable_partition(running_.begin(), running_.end(), [&](const auto& test) {
    return workers_.index_of(test->id()) != worker;
  });
  Running lost(std::make_move_iterator(first), std::make_move_iterator(running_.end()));
  running_.erase(first, running_.end());
  for (const auto& test : lost) waiting_.end(test->id());
  return lost;
}

void Scheduler::handle_worker_death(std::size_t worker, const std::string& how) {
  workers_.note_end(worker);
  Running lost = take_lost(worker);
  for (const auto& test : lost) {
    if (test->result_fd() >= 0) test->read_result();
    test->kill();
  }
  if (fails_in_scope(worker, lost, how)) return;
  const auto begun =
      std::count_if(lost.begin(), lost.end(), [](const auto& test) { return test->has_begun(); });
  if (begun == 0 && ++idle_deaths_ == kMostIdleDeaths) {
    throw PluginError("the worker process " + how + " before it could start a test");
  }
  for (auto& test : lost) conclude_or_retry(std::move(test), begun == 1, how);
}

/// Whether the worker is a suite's own and ended before it ran a test: in the suite's set-up.
bool Scheduler::fails_in_scope(std::size_t worker, Running& lost, const std::string& how) {
  const bool has_begun =
      std::any_of(lost.begin(), lost.end(), [](const auto& test) { return test->has_begun(); });
  if (has_begun || !workers_.is_setting_up(worker)) return false;
  workers_.add_scope_fault(worker, "set_up_suite: the process of the suite " + how);
  for (const auto& test : lost) {
    conclude(test->id(), test->conclude(Outcome::error, workers_.scope_fault(worker)));
  }
  return true;
}

void Scheduler::conclude_or_retry(std::unique_ptr<RunningTest> test, bool only_suspect,
                                  const std::string& how) {
  if (!test->has_begun()) {
    waiting_.add_first(test->id());
  } else if (only_suspect) {
    finish(test->id(), test->conclude(Outcome::crashed, "the worker process " + how +
                                                            " while only this test ran in it"));
  } else {
    waiting_.add_suspect(test->id());
  }
}

/// Whether the test failed and has tries left; it then waits behind the others, and for as long
/// as its settings say.
bool Scheduler::tries_again(std::size_t id, const Attempt& attempt) {
  const TestResult result = make_result(plan_[id], attempt);
  if (ends_early() || !open_.has_tries_left(id, result)) return false;
  reporter_.test_tried(result);
  open_.add_try(id, attempt);
  const std::chrono::duration<double> delay(plan_[id].settings.retry_delay);
  waiting_.delay(id, Clock::now() + std::chrono::duration_cast<Clock::duration>(delay));
  return true;
}

void Scheduler::finish(std::size_t id, Attempt attempt) {
  idle_deaths_ = 0;
  if (interrupted_ && make_result(plan_[id], attempt).fails()) return;  // we ended it ourselves
  if (!tries_again(id, attempt)) conclude(id, std::move(attempt));
}

/// The attempt was the test's last one.
void Scheduler::conclude(std::size_t id, Attempt attempt) {
  ++runs_;
  TestResult result = open_.join(id, std::move(attempt));
  if (!runs_again(result)) return report(id, std::move(result));
  open_.keep(id, std::move(result));
  waiting_.add_last(id);
}

/// Whether the run is a stress run, its time is not up, and the test was good so far.
bool Scheduler::runs_again(const TestResult& result) const {
  const bool is_good = result.outcome == Outcome::passed || result.outcome == Outcome::xfailed;
  return is_good && seconds_since(started_) < options_.stress;
}

/// Tests that were good until the stress run was over.
void Scheduler::report_stressed() {
  for (auto& [id, result] : open_.take_kept()) report(id, std::move(result));
}

void Scheduler::report(std::size_t id, TestResult result) {
  bad_ += result.is_bad() ? 1 : 0;
  reporter_.test_finished(result);
  results_[id] = std::move(result);
  workers_.leave(workers_.index_of(id));
  const bool is_limit = options_.max_failures > 0 && bad_ >= options_.max_failures;
  gave_up_ = gave_up_ || (is_limit && !waiting_.empty());
}

Progress Scheduler::progress() const {
  Progress progress{seconds_since(started_), runs_, {}};
  for (const auto& test : running_) {
    progress.running.push_back({&test->test(), seconds_since(test->started())});
  }
  return progress;
}

Scheduler::Running::iterator Scheduler::find(std::size_t id) {
  return std::find_if(running_.begin(), running_.end(),
                      [&](const auto& test) { return test->id() == id; });
}

}  // namespace roundtrip
