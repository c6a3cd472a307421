#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/function.h>

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Functions of the model with a gradient of their own (`torch::autograd::Function`), which a
/// graph cannot hold. Their operators run without gradients, so that nothing would be left of
/// one. As in Python's export, the graph has them as if forward had called them itself, and
/// the gradient is theirs; a strict capture refuses it.
///
/// A traced tensor whose gradient function is not that of `require_gradient` is a result of
/// such a function.
class CustomFunctions {
 public:
  /// Says that a tensor which the graph gave requires a gradient. To ask for a gradient of it,
  /// with respect to whatever came before, throws `CaptureError`: the graph has no operators
  /// for that.
  void require_gradient(const at::Tensor& tensor, const Trace& trace);

  /// To be called for each traced tensor that is used. Its concrete tensor requires a gradient from
  /// here on if a function gave it. Throws `CaptureError` for a tensor with hooks.
  void visit(const at::Tensor& tensor, Trace& trace);

  /// Ends the regions without gradients that the functions made.
  void finish(Trace& trace) const;

 private:
  /// Every tensor leads to the one before, and the first to the model's parameters, so that
  /// the way to each goes through one that throws.
  std::vector<torch::autograd::Edge> before_;
  std::unordered_set<std::uint64_t> found_;  ///< by their sequence numbers in this thread
};

}  // namespace roundtrip
