#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The trace's nodes as a graph: nodes that were called under another gradient mode
/// than forward, or within an autocast region, become `wrap_with_set_grad_enabled` and
/// `wrap_with_autocast` with the nodes in a subgraph, named as Python's passes name
/// them. Inputs are left for the caller; outputs are the trace's, renamed.
schema::Graph split_mode_regions(Trace& trace);

}  // namespace roundtrip
