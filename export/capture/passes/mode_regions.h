#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Nodes that were called under another gradient mode than forward, or within an autocast region,
/// become `wrap_with_set_grad_enabled` and `wrap_with_autocast` with the nodes in a subgraph, named
/// as Python's passes name them. The trace has its inputs; of a value that is known within a
/// region only, nothing in the trace's graph is left.
void split_mode_regions(Trace& trace);

}  // namespace roundtrip
