#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/core/AutogradState.h>
#include <roundtrip/module.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace roundtrip {

/// A tensor that is not kept alive.
using WeakTensor = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

/// Puts back, when it goes, what running a model changes outside of it: values and memory
/// of parameters and buffers, values of constants, whether either needs a gradient, the random
/// generator, the gradient and autocast modes.
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

  /// Names of the parameters and buffers that were given other memory (set_data).
  std::vector<std::string> with_other_memory() const;

 private:
  /// A tensor of the model, and an alias that keeps its memory and layout.
  struct Known {
    std::string name;
    at::Tensor tensor;
    at::Tensor alias;
    bool has_other_memory() const;
  };
  /// A tensor gets a gradient when a value that has one is written to it.
  void keep_without_gradient(const at::Tensor& tensor);

  void know(const std::string& name, const at::Tensor& tensor);

  struct Saved {
    c10::Storage storage;
    at::Tensor bytes;
  };

  std::vector<Known> known_;
  std::unordered_set<const c10::StorageImpl*> parameters_;
  std::unordered_map<const c10::StorageImpl*, Saved> saved_;
  /// Who holds a tensor tells whether it is from outside: this does not.
  std::vector<WeakTensor> without_gradient_;
  at::Generator generator_;
  at::Tensor generator_state_;
  c10::AutogradState modes_;
  bool autocast_;
};

}  // namespace roundtrip
