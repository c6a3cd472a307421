#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <cstdint>
#include <vector>

namespace roundtrip {

/// Index of a graph's value in its frame.
using Register = std::uint32_t;

/// What one call of a graph works on: its values, and the stack that operators
/// take their arguments from and leave their results on. Lives as long as the
/// call; the stack is shared by all calls within one run of the program and empty
/// between steps.
struct Frame {
  std::vector<c10::IValue> registers;
  torch::jit::Stack& stack;
};

/// One node of a graph, compiled. Owned by its graph's plan; `run` is const, so
/// that several threads may run one plan.
class Step {
 public:
  virtual ~Step() = default;
  virtual void run(Frame& frame) const = 0;
};

}  // namespace roundtrip
