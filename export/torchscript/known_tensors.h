#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Scalar.h>

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

 private:
  /// Kept alive, so that no other tensor takes their address.
  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
};

}  // namespace roundtrip
