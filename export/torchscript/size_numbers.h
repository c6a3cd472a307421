#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include "export/torchscript/graphs/frame.h"
#include "export/torchscript/graphs/symbols.h"
#include "export/torchscript/known_tensors.h"

namespace roundtrip {

/// Numbers that dynamic sizes decide: symbols of the capture (SymInt, SymFloat, SymBool).
/// Arithmetic on them gives symbols again. `torch.jit.trace` makes sizes tensors and
/// calculates with those; a frame holds such a tensor as the number that it is.

/// Runs the node if it calculates with such a number in a way that a program can hold.
bool run_on_size_numbers(const jit::Node& node, ScriptFrame& frame, const KnownTensors& known);

/// Whether both are the same symbol at the same place of a graph.
bool is_one_symbol(const c10::IValue& left, const c10::IValue& right);

/// The number as a plain one, which the capture specialises it to. Throws
/// `DataDependentError` for a number of data.
c10::IValue plain_number(const c10::IValue& number);

/// Whether the number is a symbol that data decides, the length of `nonzero(x)`, say.
bool depends_on_data(const c10::IValue& number);
/// Whether it is such a condition, and what is known of its symbols does not decide it.
bool is_undecided(const c10::IValue& condition);

}  // namespace roundtrip
