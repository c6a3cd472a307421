#pragma once

#include <roundtrip/graph.h>

#include <memory>
#include <vector>

#include "export/interpreter/steps/frame.h"
#include "export/interpreter/steps/operand.h"
#include "export/interpreter/steps/operator_policy.h"
#include "export/interpreter/steps/scope.h"

namespace roundtrip {

/// One operand for each of the schema's arguments. Throws `ProgramError` if the
/// node's arguments are not the operator's.
std::vector<Operand> make_operands(const std::vector<NamedArgument>& inputs,
                                   const c10::FunctionSchema& schema, const Scope& scope);

/// A call of a dispatcher's operator. Throws `Error` with the reason if the node's
/// target may not be called, `ProgramError` if its arguments or outputs are not
/// those of the operator's schema.
std::unique_ptr<Step> make_operator_step(const Node& node, const OperatorPolicy& policy,
                                         Scope& scope);

}  // namespace roundtrip
