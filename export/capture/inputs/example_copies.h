#pragma once

#include <roundtrip/value.h>

#include <functional>

#include "export/program/tensor_copies.h"

namespace roundtrip {

/// Copies of example inputs that forward may write to.
class ExampleCopies {
 public:
  /// Throws `UnsupportedError` for tensors that are not plain strided ones.
  at::Tensor copy(const at::Tensor& tensor);

 private:
  TensorCopies copies_;
};

/// A Value of the same structure with `replace` applied to every leaf.
Value map_leaves(const Value& tree, const std::function<Value(const Value&)>& replace);

}  // namespace roundtrip
