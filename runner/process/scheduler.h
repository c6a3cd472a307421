#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <vector>

#include "runner/plan/order.h"
#include "runner/process/interrupts.h"
#include "runner/process/open_results.h"
#include "runner/process/running_test.h"
#include "runner/process/waiting_tests.h"
#include "runner/process/workers_in_use.h"
#include "runner/results/reporter.h"
#include "runner/results/results.h"

namespace roundtrip {

struct ScheduleOptions {
  /// How many threads the running tests may have together: a test counts with all of its own.
  int jobs = 1;
  /// Failed tests after which no further test is started; 0 is no limit.
  std::size_t max_failures = 0;
  /// Seconds for which every test is run again and again, until it fails; 0: each runs once.
  double stress = 0;
  /// Whether what tests print is kept for the reports, or goes to the standard output.
  bool captures = true;
};

/// Runs a plan: keeps tests running in their own processes, watches their pipes, their time
/// and the workers, all in one poll loop of one thread.
///
/// When a worker dies, every test that ran in it is ended. If only one ran, it
/// is the one that crashed; otherwise each runs again alone, so that the one that
/// takes its worker with it is found and the others lose nothing.
class Scheduler {
 public:
  /// Borrows everything but `order`, in which the tests run; the results point into `plan`
  /// and are in its order. Of `groups`, as many tests run at once as each says.
  Scheduler(WorkerPool& workers, const std::vector<PlannedTest>& plan, const Order& order,
            const std::vector<GroupEntry>& groups, ScheduleOptions options, Reporter& reporter,
            Interrupts& interrupts);

  /// Takes a test's result as given, such as from an earlier run. Before `run`.
  void take_over(std::size_t index, TestResult result);

  /// The run is to end before it starts a test. Before `run`.
  void interrupt() { interrupted_ = true; }

  /// Never throws: a fault that ends the run early, such as a dead worker that
  /// cannot be replaced, is part of the results.
  RunResults run();

 private:
  using Running = std::vector<std::unique_ptr<RunningTest>>;
  using Clock = RunningTest::Clock;

  void run_tests();
  bool is_done() const;
  bool ends_early() const { return interrupted_ || gave_up_; }
  bool may_start(std::size_t id) const;
  void start_tests();
  bool start_next();
  bool ends_without_start(std::size_t id);
  void start(std::size_t id);
  void wait_for_events();
  void read_pipes(const std::vector<pollfd>& fds, std::size_t first);
  void handle_interrupts();
  void pause();
  void handle_worker_events(std::size_t worker);
  void handle_deadlines();
  bool fails_in_scope(std::size_t worker, Running& lost, const std::string& how);
  void handle_worker_death(std::size_t worker, const std::string& how);
  Running take_lost(std::size_t worker);
  void conclude_or_retry(std::unique_ptr<RunningTest> test, bool only_suspect,
                         const std::string& how);
  void finish(std::size_t id, Attempt attempt);
  void conclude(std::size_t id, Attempt attempt);
  bool runs_again(const TestResult& result) const;
  bool tries_again(std::size_t id, const Attempt& attempt);
  void report(std::size_t id, TestResult result);
  void report_stressed();
  Progress progress() const;
  Running::iterator find(std::size_t id);

  const std::vector<PlannedTest>& plan_;
  ScheduleOptions options_;
  Reporter& reporter_;
  Interrupts& interrupts_;
  Clock::time_point started_;

  WorkersInUse workers_;
  WaitingTests waiting_;
  Running running_;
  OpenResults open_;
  std::vector<std::optional<TestResult>> results_;
  std::size_t runs_ = 0;
  std::size_t bad_ = 0;
  bool runs_alone_ = false;
  /// Workers that died without having started a test, since the last one that had.
  int idle_deaths_ = 0;
  bool interrupted_ = false;
  bool gave_up_ = false;
};

}  // namespace roundtrip
