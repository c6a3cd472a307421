#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace roundtrip {

class Recorder;

/// What the operators of a program go through before they are recorded. Above it are the
/// tensors that the program's graph computes with, below it those that the recorder knows.
/// A branch or body of control flow is recorded through the layer of the graph around it.
class OperatorLayer {
 public:
  virtual ~OperatorLayer() = default;

  /// Called for every operator: arguments on the stack, results in their place. Calls
  /// `recorder` for what is to be recorded.
  virtual void call(Recorder& recorder, const c10::OperatorHandle& op,
                    torch::jit::Stack& stack) = 0;

  /// The recorder's tensor for one of the program's, and a new one of the program's for
  /// the recorder's.
  virtual at::Tensor below(const at::Tensor& tensor) = 0;
  virtual at::Tensor above(const at::Tensor& tensor) = 0;
};

}  // namespace roundtrip
