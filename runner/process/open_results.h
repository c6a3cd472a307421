#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "runner/results/results.h"

namespace roundtrip {

/// What is known of tests that have run and will run again: the tries that failed, and in a stress
/// run the results that were good. Tests are indexes into the plan.
class OpenResults {
 public:
  explicit OpenResults(const std::vector<PlannedTest>& plan) : plan_(plan) {}

  /// Whether the test is to be tried again, by its settings, when its last try had this result.
  bool has_tries_left(std::size_t id, const TestResult& result) const;

  void add_try(std::size_t id, Attempt attempt) { tries_[id].push_back(std::move(attempt)); }

  /// The result of the test by all its tries, of which `last` is the last; in a stress run, by
  /// all its runs.
  TestResult join(std::size_t id, Attempt last);

  /// A result of a stress run, in which the test is run again.
  void keep(std::size_t id, TestResult result) { good_.insert_or_assign(id, std::move(result)); }

  /// What was kept of the test and not joined since; null if nothing was.
  const TestResult* find_kept(std::size_t id) const;

  std::map<std::size_t, TestResult> take_kept() { return std::exchange(good_, {}); }

 private:
  const std::vector<PlannedTest>& plan_;
  std::map<std::size_t, std::vector<Attempt>> tries_;
  std::map<std::size_t, TestResult> good_;
};

}  // namespace roundtrip
