#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/core/AutogradState.h>
#include <roundtrip/module.h>

#include <unordered_map>
#include <unordered_set>

namespace roundtrip {

/// Puts back, when it goes, what running a model changes outside of it: values of
/// parameters, buffers and constants, the random generator, the gradient and
/// autocast modes.
class StateGuard {
 public:
  explicit StateGuard(const ModuleState& state);
  ~StateGuard();
  StateGuard(const StateGuard&) = delete;
  StateGuard& operator=(const StateGuard&) = delete;

  /// Saves the values of `tensor` now. For buffers and constants, which operators
  /// may write to without their schema saying so (batch_norm).
  void protect(const at::Tensor& tensor);

  /// To be called before an operator writes to `tensor`: parameters are saved only
  /// then, because they are large.
  void before_write(const at::Tensor& tensor);

 private:
  struct Saved {
    c10::Storage storage;
    at::Tensor bytes;
  };

  std::unordered_set<const c10::StorageImpl*> parameters_;
  std::unordered_map<const c10::StorageImpl*, Saved> saved_;
  at::Generator generator_;
  at::Tensor generator_state_;
  c10::AutogradState modes_;
  bool autocast_;
};

}  // namespace roundtrip
