#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/graph.h>

#include "export/tracing/sym_node.h"

namespace roundtrip {

/// What is around a graph that is recorded, and what becomes of what the graph uses of it: the
/// model, whose tensors are inputs of the program, or the graph that calls this one.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  /// `tensor` as the graph has it. Throws `CaptureError` for one that it cannot have.
  virtual at::Tensor local(const at::Tensor& tensor) = 0;
  /// Makes a plain tensor that the graph does not know one of its inputs.
  virtual GraphValue& add_constant(const at::Tensor& tensor) = 0;
  /// Called before an operator writes to a tensor with this data.
  virtual void before_write(const at::Tensor& concrete) = 0;
  /// Makes a number that the graph does not have one of its own. Throws `CaptureError` if that
  /// cannot be.
  virtual Argument number_argument(SymNode& number) = 0;
};

}  // namespace roundtrip
