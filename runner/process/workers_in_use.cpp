#include "runner/process/workers_in_use.h"

namespace roundtrip {

WorkersInUse::WorkersInUse(WorkerPool& pool, const std::vector<PlannedTest>& plan)
    : pool_(pool), plan_(plan) {
  pool_.add_scopes(plan_);
  workers_.resize(pool_.size());
  for (std::size_t i = 0; i < size(); ++i) workers_[i].is_running = pool_.worker(i).is_running();
  for (std::size_t id = 0; id < plan_.size(); ++id) ++workers_[index_of(id)].tests_left;
}

WorkerClient& WorkersInUse::start(std::size_t index) {
  Worker& worker = workers_[index];
  if (!worker.is_running) {
    pool_.worker(index).restart();
    worker.is_running = true;
    worker.has_had_events = false;
  }
  return pool_.worker(index);
}

int WorkersInUse::fd(std::size_t index) const {
  return is_running(index) ? pool_.worker(index).fd() : -1;
}

std::vector<WorkerEvent> WorkersInUse::events(std::size_t index) {
  auto events = pool_.worker(index).events();
  if (!events.empty()) workers_[index].has_had_events = true;
  return events;
}

std::string WorkersInUse::end(std::size_t index) {
  note_end(index);
  return pool_.worker(index).end();
}

void WorkersInUse::leave(std::size_t index) {
  const bool is_needed = --workers_[index].tests_left > 0;
  if (!is_needed && is_running(index) && !pool_.is_scoped(index)) end(index);
}

bool WorkersInUse::is_setting_up(std::size_t index) const {
  return pool_.is_scoped(index) && !workers_[index].has_had_events;
}

void WorkersInUse::add_scope_fault(std::size_t index, const std::string& fault) {
  if (scope_fault(index).empty()) workers_[index].scope_fault = fault;
}

std::string WorkersInUse::tear_down() {
  std::string faults;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!pool_.is_scoped(i) || !is_running(i)) continue;
    for (const auto& fault : pool_.worker(i).finish()) {
      faults += (faults.empty() ? "" : "\n") + fault;
    }
  }
  return faults;
}

}  // namespace roundtrip
