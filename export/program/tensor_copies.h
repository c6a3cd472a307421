#pragma once

#include <ATen/core/Tensor.h>

#include <unordered_map>

namespace roundtrip {

/// All bytes of a storage, as a tensor that shares them.
at::Tensor bytes_of(const c10::Storage& storage);

/// Copies of tensors with memory of their own. Tensors that share memory have copies that share
/// memory, a tensor that comes twice has one copy; strides, offsets and `requires_grad` stay.
/// The originals outlive it.
class TensorCopies {
 public:
  at::Tensor copy(const at::Tensor& tensor);

 private:
  at::Tensor make(const at::Tensor& tensor);

  std::unordered_map<const c10::TensorImpl*, at::Tensor> copies_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

/// The tensor, or the same zeros in memory if it is one of LibTorch's zeros without memory.
at::Tensor with_memory(const at::Tensor& tensor);

}  // namespace roundtrip
