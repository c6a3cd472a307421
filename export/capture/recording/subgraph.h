#pragma once

#include <roundtrip/control_flow.h>
#include <roundtrip/pytree.h>

#include <optional>
#include <string>
#include <vector>

#include "export/capture/recording/subgraph_recorder.h"
#include "export/capture/trace/trace.h"

namespace roundtrip {

/// What a graph's tables say of a value.
struct ValueEntry {
  TensorMeta meta;
  std::optional<TensorExprs> layout;
  std::optional<SymbolicValue> number;  ///< the value is a number then, and no tensor
};

/// A tensor or number of the outer graph that a branch or body uses.
struct LiftedInput {
  std::string outer;   ///< its name in the outer graph
  at::Tensor tensor;   ///< as the outer graph has it; undefined for a number
  std::string value;   ///< its name in the subgraph
  Placeholder origin;  ///< what it is to the outer graph
  bool used;           ///< in the graph: an operand may not be
  ValueEntry entry;
};

/// A branch or body that was recorded, before its inputs have their order.
struct Subgraph {
  Trace trace;  ///< `placeholders` are operands, then lifted tensors, in order of coming up
  std::vector<std::string> operands;  ///< names of the inputs made by `add_operand`
  std::vector<LiftedInput> lifted;
  TreeSpec spec;   ///< of what the function returned
  Values results;  ///< its leaves: this run's tensors with their layouts, None and numbers
  bool is_single_result = false;
};

/// A subgraph whose inputs have their order. It gets its final form once forward has run
/// and all is known of the symbols.
struct PendingSubgraph {
  Subgraph subgraph;
  std::vector<LiftedInput> lifted;  ///< of which it may use but a part
};

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

/// Puts the finished graphs of subgraphs into the nodes that call them: without nodes
/// that have no use, with operands, then lifted values, as inputs, and named as
/// `torch.fx` names them.
void finish_subgraphs(Trace& trace);

}  // namespace roundtrip
