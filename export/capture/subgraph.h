#pragma once

#include <roundtrip/control_flow.h>
#include <roundtrip/pytree.h>

#include <string>
#include <vector>

#include "export/capture/subgraph_recorder.h"
#include "export/capture/trace.h"

namespace roundtrip {

/// A tensor of the outer graph that a branch or body uses.
struct LiftedInput {
  at::Tensor tensor;   ///< as the outer graph has it
  std::string value;   ///< its name in the subgraph
  Placeholder origin;  ///< what it is to the outer graph
  bool used;           ///< in the graph: an operand may not be
};

/// A branch or body that was recorded, before its inputs have their order.
struct Subgraph {
  Trace trace;  ///< `placeholders` are operands, then lifted tensors, in order of coming up
  std::vector<std::string> operands;  ///< names of the inputs made by `add_operand`
  std::vector<LiftedInput> lifted;
  TreeSpec spec;   ///< of what the function returned
  Values results;  ///< its leaves: this run's tensors, None and numbers
};

/// What is to be recorded: which operator of control flow, and where.
struct SubgraphCall {
  Recorder& outer;
  std::string op;  ///< for messages: `torch.cond`
  SubgraphRecorder::Purpose purpose = SubgraphRecorder::Purpose::graph;
};

/// Calls `function` with tensors that hold `data`, leaves in trees of the structure
/// `spec`, and records it. Throws `CaptureError` if a result shares memory with an
/// input or with another result.
Subgraph record_subgraph(const SubgraphCall& call, const GraphFunction& function,
                         const Values& data, const TreeSpec& spec);

/// The same for operands that are tensors of the outer graph: each is one input even
/// if it is given twice, or is captured too.
Subgraph record_branch(const SubgraphCall& call, const GraphFunction& function,
                       const Values& operands);

/// The finished graph of a subgraph, without nodes that have no use: its inputs are
/// its operands, then the tensors in `lifted`, of which it may use but a part. Named
/// as `torch.fx` names them.
Graph finish_subgraph(Subgraph subgraph, const std::vector<at::Tensor>& lifted);

}  // namespace roundtrip
