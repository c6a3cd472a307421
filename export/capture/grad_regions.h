#pragma once

#include "export/capture/trace.h"

namespace roundtrip {

/// The trace's nodes as a graph: runs of nodes that were called under another
/// gradient mode than forward become `wrap_with_set_grad_enabled` with the nodes in
/// a subgraph, named as Python's pass names them. Inputs are left for the caller;
/// outputs are the trace's, renamed.
Graph split_grad_regions(Trace& trace);

}  // namespace roundtrip
