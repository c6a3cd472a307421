#pragma once

#include <ATen/core/ivalue.h>
#include <c10/core/SymNodeImpl.h>

#include <cstddef>
#include <string>
#include <vector>

namespace roundtrip {

/// One of Python's operators on numbers, as a program uses it on sizes and
/// `item()` results: `_operator.floordiv`, `math.trunc`, `torch.sym_max`, ...
struct SymOp {
  std::size_t arity;
  /// Takes `arity` ints, floats or bools and answers as Python does. Throws
  /// `Error` with Python's message (division by zero, ...), and for integers
  /// that leave 64 bits, which Python's don't.
  c10::IValue (*function)(const c10::IValue* args);
  /// The same on nodes of a capture.
  c10::SymNode (*symbolic)(const std::vector<c10::SymNode>& args);
};

/// Applies the operator to `op.arity` numbers, some of which may be symbols of a
/// capture: then the result is one, too.
c10::IValue apply(const SymOp& op, const c10::IValue* args);

/// The operator a node's target names, or null.
const SymOp* find_sym_op(const std::string& target);

}  // namespace roundtrip
