#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runner/process/worker_pool.h"

namespace roundtrip {

/// The workers of a pool while a plan is run: which of them run, and for how many tests each is
/// still needed.
class WorkersInUse {
 public:
  /// Borrows both.
  WorkersInUse(WorkerPool& pool, const std::vector<PlannedTest>& plan);

  std::size_t size() const { return workers_.size(); }

  /// Which worker runs the test, by its place in the plan.
  std::size_t index_of(std::size_t id) const { return pool_.index_of(plan_[id]); }

  /// The worker, started again if it does not run.
  WorkerClient& start(std::size_t index);

  bool is_running(std::size_t index) const { return workers_[index].is_running; }

  /// Readable when the worker has events; negative when it does not run.
  int fd(std::size_t index) const;

  /// The events that have arrived. Throws WorkerDied.
  std::vector<WorkerEvent> events(std::size_t index);

  /// Ends the worker; says how it ended.
  std::string end(std::size_t index);

  /// It was found to have ended.
  void note_end(std::size_t index) { workers_[index].is_running = false; }

  /// One of its tests has a result. Ends a worker that has no other; but a suite's own only in
  /// `tear_down`.
  void leave(std::size_t index);

  /// Whether the worker is a suite's own and has had no events since it was started: it then sets
  /// the suite up.
  bool is_setting_up(std::size_t index) const;

  /// The suite cannot be set up, so that no test can be run by its worker. The first fault stays.
  void add_scope_fault(std::size_t index, const std::string& fault);

  /// Empty when there is none.
  const std::string& scope_fault(std::size_t index) const { return workers_[index].scope_fault; }

  /// Has the suites torn down whose own workers still run; returns what fails, a line each.
  std::string tear_down();

 private:
  struct Worker {
    bool is_running = false;
    bool has_had_events = false;
    std::size_t tests_left = 0;
    std::string scope_fault{};
  };

  WorkerPool& pool_;
  const std::vector<PlannedTest>& plan_;
  std::vector<Worker> workers_;
};

}  // namespace roundtrip
