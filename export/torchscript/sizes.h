#pragma once

#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include "export/torchscript/graphs/frame.h"

namespace roundtrip {

/// Runs the node if it asks a tensor for its sizes, which may be symbols, or works on a
/// list of numbers some of which are symbols.
bool run_on_sizes(const jit::Node& node, ScriptFrame& frame);

}  // namespace roundtrip
