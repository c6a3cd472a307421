#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace roundtrip {

/// Calls `forget` for every operator that is no more, as when a library is unloaded, for as
/// long as the process lives.
void on_unregistered(std::function<void(const c10::OperatorHandle&)> forget);

/// What is found of an operator at the first question and known from then on, until the
/// operator is no more. Lives as long as the process; any number of threads may ask.
template <typename Found>
class PerOperator {
 public:
  using Find = Found (*)(const c10::OperatorHandle& op);

  explicit PerOperator(Find find) : find_(find) {
    on_unregistered([this](const c10::OperatorHandle& op) {
      const std::lock_guard lock(mutex_);
      known_.erase(op);
    });
  }
  PerOperator(const PerOperator&) = delete;
  PerOperator& operator=(const PerOperator&) = delete;

  const Found& of(const c10::OperatorHandle& op) {
    const std::lock_guard lock(mutex_);
    auto& known = known_[op];
    if (!known) known = std::make_unique<const Found>(find_(op));
    return *known;
  }

 private:
  const Find find_;
  std::mutex mutex_;
  std::unordered_map<c10::OperatorHandle, std::unique_ptr<const Found>> known_;
};

}  // namespace roundtrip
