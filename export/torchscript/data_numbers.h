#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include "export/torchscript/graphs/frame.h"
#include "export/torchscript/known_tensors.h"

namespace roundtrip {

/// Numbers that data decides: what TorchScript gets from a tensor by `int(x)`, `if x:`
/// or `x.item()`, and what it computes from that. They stay tensors, of type bool,
/// int64 or float64 and without dimensions, and arithmetic on them is operators.

/// Runs the node if it makes such a number of a tensor, or computes with one.
bool run_on_data_numbers(const jit::Node& node, ScriptFrame& frame, const KnownTensors& known);

/// Whether the value is a number that data decides.
bool is_data_number(const jit::Value& value, const ScriptFrame& frame);

/// A number, known or not, as a tensor.
at::Tensor number_tensor(const c10::IValue& number);

/// The tensor of the graph as a number that an operator takes: a symbol.
c10::IValue symbolic_number(const at::Tensor& number);

}  // namespace roundtrip
