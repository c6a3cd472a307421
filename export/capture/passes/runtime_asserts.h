#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Makes each symbolic number once, from inputs' sizes where that is possible, and
/// inserts the assertions that the program needs when it runs: ranges and relations of
/// unbacked numbers, and the dtype, device and layout that `aten.to` was exported for.
/// Nodes, names and messages as `insert_deferred_runtime_asserts` and
/// `apply_runtime_assertion_pass` of Python leave them.
void insert_runtime_asserts(Trace& trace);

}  // namespace roundtrip
