#pragma once

#include <roundtrip/control_flow.h>

#include <string>

#include "export/capture/control_flow/subgraph_recorder.h"
#include "export/capture/trace/subgraph.h"

namespace roundtrip {

/// What is to be recorded: which operator of control flow, and where.
struct SubgraphCall {
  Recorder& outer;
  std::string op;  ///< for messages: `torch.cond`
  SubgraphRecorder::Purpose purpose = SubgraphRecorder::Purpose::graph;
};

/// Calls `function` with inputs that hold `data` (tensors with their layouts, integers),
/// leaves in trees of the structure `spec`, and records it. Throws `CaptureError` if a result
/// shares memory with an input or with another result.
Subgraph record_subgraph(const SubgraphCall& call, const GraphFunction& function,
                         const Values& data, const TreeSpec& spec);

/// The same for operands that are tensors of the outer graph: each is one input even
/// if it is given twice, or is captured too.
Subgraph record_branch(const SubgraphCall& call, const GraphFunction& function,
                       const Values& operands);

}  // namespace roundtrip
