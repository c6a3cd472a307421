#include "export/capture/passes/finish_subgraphs.h"

#include <algorithm>

#include "export/capture/passes/finish_trace.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/passes/renaming.h"
#include "export/capture/trace/subgraph.h"

/// Subgraphs in their final form: dead nodes gone, inputs in order, values named.
namespace roundtrip {
namespace {

void remove_dead_nodes(Trace& trace) {
  erase_dead(trace, [&](const Node& node) {
    const NodeRecord& record = trace.record(node);
    return !record.writes && record.bindings.empty() && !node.outputs().empty();
  });
}

/// `add` for `add_2`: what a name was made from.
std::string name_candidate(const std::string& name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  const bool numbered = digits < name.size() && digits > 1 && name[digits - 1] == '_';
  return numbered ? name.substr(0, digits - 1) : name;
}

/// What the subgraph has for a value of the outer graph; null if it does not use it.
GraphValue* find_lifted(const Subgraph& subgraph, const LiftedInput& wanted) {
  const auto found =
      std::find_if(subgraph.lifted.begin(), subgraph.lifted.end(),
                   [&](const LiftedInput& lifted) { return lifted.outer == wanted.outer; });
  return found == subgraph.lifted.end() ? nullptr : found->value;
}

/// Gives inputs and nodes the names that `torch.fx` would.
void name_values(Trace& trace, const std::vector<GraphValue*>& inputs) {
  Renaming renaming;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] != nullptr) renaming.add(*inputs[i], c10::str("arg", i, "_1"));
  }
  FxNamespace names;
  for (Node& node : trace.graph.nodes()) {
    if (!node.shares_name_with_result()) {
      renaming.add(node, names.create(name_candidate(*node.name())));
    }
    for (GraphValue* result : node.results()) {
      renaming.add(*result, names.create(name_candidate(result->name())));
    }
  }
  renaming.apply(trace.graph);
  trace.names = std::move(names);
}

/// The graph's inputs are operands, then what any of the node's subgraphs uses of the outer graph.
void set_inputs(Subgraph& subgraph, const std::vector<LiftedInput>& lifted) {
  Trace& trace = subgraph.trace;
  std::vector<GraphValue*> inputs = subgraph.operands;
  for (const LiftedInput& input : lifted) inputs.push_back(find_lifted(subgraph, input));
  for (GraphValue* input : inputs) {
    if (input != nullptr) trace.graph.add_input(*input);
  }
  trace.graph.erase_undefined();
  name_values(trace, inputs);
  for (std::size_t i = subgraph.operands.size(); i < inputs.size(); ++i) {
    if (inputs[i] != nullptr) continue;
    const ValueEntry& entry = lifted[i - subgraph.operands.size()].entry;
    GraphValue& unused = trace.graph.add_value(c10::str("arg", i, "_1"), entry.type);
    if (entry.number) trace.numbers.emplace(&unused, *entry.number);
    if (entry.layout) trace.layouts.emplace(&unused, *entry.layout);
    trace.graph.insert_input(i, unused);
  }
  trace.inputs = trace.graph.inputs();
}

Graph finish_subgraph(Subgraph& subgraph, const std::vector<LiftedInput>& lifted) {
  Trace& trace = subgraph.trace;
  remove_dead_nodes(trace);
  set_inputs(subgraph, lifted);
  finish_trace(trace);
  split_mode_regions(trace);
  trace.graph.is_single_tensor_return = subgraph.is_single_result;
  return std::move(trace.graph);
}

}  // namespace

void finish_subgraphs(Trace& trace) {
  if (trace.subgraphs.empty()) return;
  for (Node& node : trace.graph.nodes()) {
    for (GraphArgument* argument : node.subgraphs()) {
      PendingSubgraph& pending = *trace.subgraphs.at(argument->name);
      *argument->graph = finish_subgraph(pending.subgraph, pending.lifted);
    }
  }
  trace.subgraphs.clear();
}

}  // namespace roundtrip
