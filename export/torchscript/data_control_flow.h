#pragma once

#include <roundtrip/value.h>
#include <torch/csrc/jit/ir/ir.h>
#include "export/torchscript/graphs/jit.h"

#include "export/torchscript/evaluator.h"

namespace roundtrip {

/// `if` with a condition that data decides, a tensor or a symbol: a `cond` whose results are what
/// the blocks give. A block that raises an exception becomes an assertion that it is not reached.
void run_data_if(Evaluator& evaluator, const jit::Node& node, const Value& condition,
                 ScriptFrame& frame);

/// The rest of a loop of which data decides how long it runs: a `while_loop`.
void run_data_loop(Evaluator& evaluator, const jit::Node& node, LoopState state,
                   ScriptFrame& frame);

}  // namespace roundtrip
