#pragma once

#include <roundtrip/value.h>

#include <functional>
#include <unordered_map>

namespace roundtrip {

/// Copies of example inputs that forward may write to. Inputs that share memory
/// have copies that share memory, a tensor that is passed twice has one copy, and
/// strides and offsets stay.
class ExampleCopies {
 public:
  /// Throws `UnsupportedError` for tensors that are not plain strided ones.
  at::Tensor copy(const at::Tensor& tensor);

 private:
  std::unordered_map<const c10::TensorImpl*, at::Tensor> copies_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;
};

/// A Value of the same structure with `replace` applied to every leaf.
Value map_leaves(const Value& tree, const std::function<Value(const Value&)>& replace);

}  // namespace roundtrip
