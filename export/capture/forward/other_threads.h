#pragma once

#include <ATen/core/ivalue.h>
#include <roundtrip/module.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// Sees, while it lives, operators that other threads of the process call on a model's
/// tensors: a capture records those of its own thread only.
class OtherThreads {
 public:
  explicit OtherThreads(const ModuleState& state);
  ~OtherThreads();
  OtherThreads(const OtherThreads&) = delete;
  OtherThreads& operator=(const OtherThreads&) = delete;

  /// A message for each operator and tensor that was seen.
  std::vector<std::string> messages() const;

  /// Called for each operator of any thread that records none itself.
  void look(const std::string& op, c10::ArrayRef<const c10::IValue> arguments);

 private:
  void add(const std::string& kind, const OrderedMap<at::Tensor>& tensors);

  const std::thread::id own_ = std::this_thread::get_id();
  /// What a tensor is called, by its memory, which views share.
  std::unordered_map<const c10::StorageImpl*, std::string> names_;
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
};

}  // namespace roundtrip
