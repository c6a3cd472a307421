#pragma once

#include <roundtrip/graph.h>

#include <memory>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/operator_policy.h"
#include "export/interpreter/steps/scope.h"

namespace roundtrip {

/// A call of a higher-order operator, `torch.ops.higher_order.*`, with the graphs
/// it takes compiled. Throws `UnsupportedError` for those this version cannot
/// run, `ProgramError` for a node with other arguments than the operator takes.
std::unique_ptr<Step> make_higher_order_step(const Node& node, const OperatorPolicy& policy,
                                             Scope& scope, int depth);

}  // namespace roundtrip
