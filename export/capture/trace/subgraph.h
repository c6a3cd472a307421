#pragma once

#include <roundtrip/pytree.h>

#include <optional>
#include <string>
#include <vector>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// What is known of a value, apart from its graph.
struct ValueEntry {
  Type type;
  std::optional<TensorExprs> layout;
  std::optional<SymbolicValue> number;  ///< the value is a number then, and no tensor

  static ValueEntry of(const Trace& trace, const GraphValue& value);
};

/// A tensor or number of the outer graph that a branch or body uses.
struct LiftedInput {
  GraphValue* outer;   ///< in the outer graph
  at::Tensor tensor;   ///< as the outer graph has it; undefined for a number
  GraphValue* value;   ///< in the subgraph
  Placeholder origin;  ///< what it is to the outer graph
  bool used;           ///< in the graph: an operand may not be
  ValueEntry entry;
};

/// A branch or body that was recorded, before its inputs have their order.
struct Subgraph {
  Trace trace;  ///< `placeholders` are operands, then lifted tensors, in order of coming up
  std::vector<GraphValue*> operands;  ///< the inputs made by `add_operand`
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

}  // namespace roundtrip
