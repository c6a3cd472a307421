#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "runner/plan/order.h"
#include "runner/plan/plan.h"

namespace roundtrip {

/// The tests of a run that are still to be started, or to be started again, by what each waits
/// for: its place in the order, room in a group, or a delay. Tests are indexes into the plan.
class WaitingTests {
 public:
  using Clock = std::chrono::steady_clock;

  /// Borrows plan and groups; each test of `order` is to be started once.
  WaitingTests(const std::vector<PlannedTest>& plan, const std::vector<GroupEntry>& groups,
               const Order& order);

  bool empty() const;

  /// Those that wait for their place in the order.
  const std::deque<std::size_t>& in_order() const { return in_order_; }

  void remove(std::size_t id) { std::erase(in_order_, id); }
  void add_first(std::size_t id) { in_order_.push_front(id); }
  void add_last(std::size_t id) { in_order_.push_back(id); }
  /// For a test that was running when its worker died: it runs alone, before all others.
  void add_suspect(std::size_t id) { suspects_.push_back(id); }
  bool has_suspects() const { return !suspects_.empty(); }

  /// The test waits until then, and after that behind the others.
  void delay(std::size_t id, Clock::time_point until) { delayed_.emplace(until, id); }
  void end_delays(Clock::time_point now);
  /// Nothing when no test is delayed.
  std::optional<Clock::time_point> next_delay_end() const;

  /// The test to be started next; nothing when all wait for a group or a delay.
  std::optional<std::size_t> next() const;

  // What becomes of the next one, of which there must be one.

  /// It runs from now on, and takes up room in its groups until `end`.
  void start_next();
  /// It needs no process.
  void drop_next();
  /// Whether a group of it has no room; the test then waits for that. Never a suspect, which runs
  /// when no other test does.
  bool park_next();

  /// A test that was started runs no longer.
  void end(std::size_t id);

 private:
  const std::vector<std::size_t>& groups_of(std::size_t id) const { return plan_[id].groups; }
  bool is_full(std::size_t group) const { return running_[group] >= groups_[group].limit; }
  void pop_next();
  void offer_room(std::size_t id);

  const std::vector<PlannedTest>& plan_;
  const std::vector<GroupEntry>& groups_;
  std::deque<std::size_t> in_order_;
  std::deque<std::size_t> suspects_;
  std::multimap<Clock::time_point, std::size_t> delayed_;
  /// By the group for which they wait.
  std::vector<std::deque<std::size_t>> parked_;
  /// How many tests of each group run.
  std::vector<std::int64_t> running_;
};

}  // namespace roundtrip
