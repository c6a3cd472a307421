#pragma once

#include <roundtrip/graph.h>

#include <memory>

#include "export/interpreter/frame.h"
#include "export/interpreter/operator_policy.h"
#include "export/interpreter/scope.h"

namespace roundtrip {

/// A call of a dispatcher's operator. Throws `Error` with the reason if the node's
/// target may not be called, `ProgramError` if its arguments or outputs are not
/// those of the operator's schema.
std::unique_ptr<Step> make_operator_step(const Node& node, const OperatorPolicy& policy,
                                         Scope& scope);

}  // namespace roundtrip
