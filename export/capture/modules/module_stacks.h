#pragma once

#include <vector>

#include "export/capture/modules/call_scope.h"
#include "export/capture/trace/trace.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {

/// Puts the stacks that were noted while forward ran into words: nodes get the user's C++ lines, as
/// `stack_trace`, and of the modules of `state` those that they were recorded in, as far as that
/// is certain, as `nn_module_stack`. `scopes` are the calls that the model told of.
void describe_nodes(Trace& trace, const std::vector<NotedStack>& stacks,
                    const std::vector<CallScope>& scopes, const ModuleState& state);

}  // namespace roundtrip
