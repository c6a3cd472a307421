#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Scalar.h>

#include <cstdint>
#include <unordered_map>

namespace roundtrip {

/// Tensors without dimensions whose number is known when the model is converted:
/// `torch.jit.trace` makes sizes tensors, calculates with them, and turns them back
/// into numbers.
class KnownTensors {
 public:
  /// A tensor that stands for a number.
  at::Tensor make(const at::Scalar& number);
  bool holds(const at::Tensor& tensor) const;
  void add(const at::Tensor& tensor);
  /// What a tensor of int64 that is held stands for.
  std::int64_t number(const at::Tensor& tensor) const {
    return *tensor.const_data_ptr<std::int64_t>();
  }

 private:
  /// Kept alive, so that no other tensor takes their address.
  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
};

}  // namespace roundtrip
