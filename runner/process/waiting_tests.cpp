#include "runner/process/waiting_tests.h"

#include <algorithm>

namespace roundtrip {

WaitingTests::WaitingTests(const std::vector<PlannedTest>& plan,
                           const std::vector<GroupEntry>& groups, const Order& order)
    : plan_(plan),
      groups_(groups),
      in_order_(order.begin(), order.end()),
      parked_(groups.size()),
      running_(groups.size()) {
}

bool WaitingTests::empty() const {
  const bool has_parked =
      std::any_of(parked_.begin(), parked_.end(), [](const auto& tests) { return !tests.empty(); });
  return !has_parked && in_order_.empty() && suspects_.empty() && delayed_.empty();
}

void WaitingTests::end_delays(Clock::time_point now) {
  const auto over = delayed_.upper_bound(now);
  for (auto entry = delayed_.begin(); entry != over; ++entry) in_order_.push_back(entry->second);
  delayed_.erase(delayed_.begin(), over);
}

std::optional<WaitingTests::Clock::time_point> WaitingTests::next_delay_end() const {
  return delayed_.empty() ? std::nullopt : std::optional(delayed_.begin()->first);
}

std::optional<std::size_t> WaitingTests::next() const {
  const auto& queue = has_suspects() ? suspects_ : in_order_;
  return queue.empty() ? std::nullopt : std::optional(queue.front());
}

void WaitingTests::pop_next() {
  (has_suspects() ? suspects_ : in_order_).pop_front();
}

void WaitingTests::start_next() {
  for (const std::size_t group : groups_of(*next())) ++running_[group];
  pop_next();
}

void WaitingTests::drop_next() {
  const std::size_t id = *next();
  pop_next();
  offer_room(id);  // it may have been given some
}

bool WaitingTests::park_next() {
  if (has_suspects()) return false;
  const std::size_t id = *next();
  const auto& groups = groups_of(id);
  const auto full =
      std::find_if(groups.begin(), groups.end(), [&](std::size_t group) { return is_full(group); });
  if (full == groups.end()) return false;
  pop_next();
  parked_[*full].push_back(id);
  offer_room(id);  // of its other groups
  return true;
}

void WaitingTests::end(std::size_t id) {
  for (const std::size_t group : groups_of(id)) --running_[group];
  offer_room(id);
}

/// If a group of the test has room now, the first test that waits for it becomes the next one.
void WaitingTests::offer_room(std::size_t id) {
  for (const std::size_t group : groups_of(id)) {
    auto& parked = parked_[group];
    if (parked.empty() || is_full(group)) continue;
    in_order_.push_front(parked.front());
    parked.pop_front();
  }
}

}  // namespace roundtrip
