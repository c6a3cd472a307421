#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include <string>

namespace roundtrip {

/// Where in the model's source a node of the graph of `function` comes from, as a line of
/// a Python stack trace and the code below it; empty if the model does not tell.
std::string stack_trace_of(const jit::Node& node, const std::string& function);

/// `aten::add (model.py, line 3: return x + y)`, for messages.
std::string place_of(const jit::Node& node);

/// `torch.nn.modules.linear.Linear` of `__torch__.torch.nn.modules.linear.Linear` and
/// of its numbered copies.
std::string python_name(const c10::QualifiedName& type);

}  // namespace roundtrip
