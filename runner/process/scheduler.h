#pragma once

#include <poll.h>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "runner/process/interrupts.h"
#include "runner/process/running_test.h"
#include "runner/process/worker_client.h"
#include "runner/report/reporter.h"
#include "runner/results/results.h"

namespace roundtrip {

/// Runs a plan: keeps `jobs` tests running in their own processes, watches their
/// pipes, their time and the worker, all in one poll loop of one thread.
///
/// When the worker dies, every test that ran in it is ended. If only one ran, it
/// is the one that crashed; otherwise each runs again alone, so that the one that
/// takes its worker with it is found and the others lose nothing.
class Scheduler {
 public:
  /// Borrows everything; the results point into `plan`. `worker` is loaded.
  Scheduler(WorkerClient& worker, const std::vector<PlannedTest>& plan, int jobs,
            Reporter& reporter);

  /// Never throws: a fault that ends the run early, such as a dead worker that
  /// cannot be replaced, is part of the results.
  RunResults run();

 private:
  using Running = std::vector<std::unique_ptr<RunningTest>>;

  void run_tests();
  bool is_done() const;
  bool may_start() const;
  void start_tests();
  void start(std::size_t id);
  void wait_for_events();
  void read_pipes(const std::vector<pollfd>& fds);
  void handle_interrupts();
  void handle_worker_events();
  void handle_deadlines();
  void handle_worker_death(const std::string& how);
  void conclude_or_retry(std::unique_ptr<RunningTest> test, bool only_suspect,
                         const std::string& how);
  void finish(TestResult result, std::size_t id);
  void report_progress();
  Running::iterator find(std::size_t id);

  WorkerClient& worker_;
  const std::vector<PlannedTest>& plan_;
  int jobs_;
  Reporter& reporter_;
  Interrupts interrupts_;
  RunningTest::Clock::time_point started_;

  std::deque<std::size_t> waiting_;
  /// Tests that ran when their worker died; they go first, one at a time.
  std::deque<std::size_t> suspects_;
  Running running_;
  std::vector<std::optional<TestResult>> results_;
  bool runs_alone_ = false;
  bool worker_is_dead_ = false;
  int idle_deaths_ = 0;
  bool interrupted_ = false;
};

}  // namespace roundtrip
