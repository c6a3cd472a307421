#include "export/decompose/origins.h"

#include <algorithm>
#include <unordered_map>

namespace roundtrip {
namespace {

constexpr const char* kOrigin = "from_node";  // Python's name for it

/// The one result of a node, or null.
GraphValue* result_of(const Node& node) {
  return node.outputs().size() == 1 ? node.outputs().front().as_value() : nullptr;
}

bool is_named(const ModuleCallEntry& entry) {
  return !entry.fqn.empty() && entry.signature.has_value();
}

/// Values by the names of those of the old graph for which they stand. Of several nodes that come
/// from one, the last gives its result.
using Successors = std::unordered_map<std::string, GraphValue*>;

Successors successors_of(const Graph& old, const Graph& graph) {
  Successors successors;
  for (std::size_t i = 0; i < old.inputs().size(); ++i) {
    const GraphValue* input = old.inputs()[i].as_value();
    if (input != nullptr) successors[input->name()] = graph.inputs()[i].as_value();
  }
  for (const Node& node : graph.nodes()) {
    for (const auto& [key, origin] : node.metadata()) {
      if (key == kOrigin) successors[origin] = result_of(node);
    }
  }
  return successors;
}

/// False where a value has no successor.
bool replace_all(std::vector<Argument>& arguments, const Successors& successors) {
  bool is_known = true;
  for (Argument& argument : arguments) {
    map_values(argument, [&](GraphValue& value) {
      const auto found = successors.find(value.name());
      const bool has_successor = found != successors.end() && found->second != nullptr;
      is_known &= has_successor;
      return has_successor ? found->second : &value;
    });
  }
  return is_known;
}

void remove_origins(Graph& graph) {
  for (Node& node : graph.nodes()) {
    std::erase_if(node.metadata(), [](const auto& entry) { return entry.first == kOrigin; });
    for (GraphArgument* subgraph : node.subgraphs()) remove_origins(*subgraph->graph);
  }
}

}  // namespace

Graph with_origins(const GraphModule& module) {
  Graph graph = module.graph;
  const auto& calls = module.module_call_graph;
  if (std::none_of(calls.begin(), calls.end(), is_named)) return graph;
  for (Node& node : graph.nodes()) {
    if (const GraphValue* result = result_of(node)) {
      node.metadata().emplace_back(kOrigin, result->name());
    }
  }
  return graph;
}

void update_signatures(GraphModule& module, const Graph& old) {
  const auto& outputs = module.signature.output_specs;
  const bool hands_on_buffers =
      std::any_of(outputs.begin(), outputs.end(),
                  [](const OutputSpec& spec) { return spec.kind == OutputKind::buffer_mutation; });
  const Successors successors = hands_on_buffers ? Successors{} : successors_of(old, module.graph);
  for (ModuleCallEntry& entry : module.module_call_graph) {
    if (!is_named(entry)) continue;
    const bool is_known = replace_all(entry.signature->inputs, successors) &&
                          replace_all(entry.signature->outputs, successors);
    if (!is_known) entry.signature.reset();
  }
  remove_origins(module.graph);
}

}  // namespace roundtrip
