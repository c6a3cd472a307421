#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymNodeImpl.h>

namespace roundtrip {

/// A number of a capture behind LibTorch's SymInt, SymFloat and SymBool, with those of Python's
/// functions that LibTorch's numbers lack.
class SymbolicNumber : public c10::SymNodeImpl {
 public:
  /// Python's `math.trunc`, `round`, shifts and `torch._sym_sqrt`.
  virtual c10::SymNode trunc() = 0;
  virtual c10::SymNode round() = 0;
  virtual c10::SymNode lshift(const c10::SymNode& other) = 0;
  virtual c10::SymNode rshift(const c10::SymNode& other) = 0;
  virtual c10::SymNode sqrt() = 0;

  /// The number in a tensor's place, as Python's `x * n` has it: a tensor of no graph, without
  /// dimensions, that leaves the other operand's dtype as it is.
  virtual at::Tensor as_tensor() = 0;
};

/// Throws `CaptureError` for a number that no capture of ours made.
SymbolicNumber& symbolic_number(const c10::SymNode& node);

}  // namespace roundtrip
