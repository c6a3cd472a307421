#pragma once

#include <roundtrip/graph.h>

#include "export/interpreter/steps/scope.h"
#include "export/verifier/graph_rules.h"

namespace roundtrip {

/// Checks that a node's target may stand in a program of the dialect and that its
/// arguments and results are what the target takes and gives. `scope` has the
/// values that earlier nodes define. Throws `Error` with the reason.
void verify_call(const Node& node, Dialect dialect, const Scope& scope);

}  // namespace roundtrip
