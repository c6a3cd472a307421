#pragma once

#include <ATen/core/ivalue.h>
#include <roundtrip/value.h>

#include <vector>

#include "export/interpreter/graphs/graph_plan.h"

/// Control flow of a program that is captured again goes through the public functions,
/// which record it.

namespace roundtrip {

/// True if this thread's run is recorded.
bool is_recorded();

/// A step's values as `roundtrip/control_flow.h` takes them.
Values to_recorded(const std::vector<c10::IValue>& values);

/// The leaves of what the public functions give, as a step's values.
std::vector<c10::IValue> from_recorded(const Value& tree);

/// The results of a graph, run as a branch or body on `inputs` and then `more`. Throws
/// `CaptureError` if it writes to one of them.
Values call_recorded(const GraphPlan& graph, Values inputs, const Values& more = {});

}  // namespace roundtrip
