#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Puts the finished graphs of subgraphs into the nodes that call them: without nodes
/// that have no use, with operands, then lifted values, as inputs, and named as
/// `torch.fx` names them.
void finish_subgraphs(Trace& trace);

}  // namespace roundtrip
