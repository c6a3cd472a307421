#include "export/decompose/origins.h"

#include <algorithm>
#include <unordered_map>

#include "export/program/graph_values.h"

namespace roundtrip {
namespace {

constexpr const char* kOrigin = "from_node";  // Python's name for it

/// The value that an argument names, if it is one.
std::string value_of(const Argument& argument) {
  std::string value;
  std::size_t count = 0;
  visit_values(argument, [&](const std::string& name, ValueKind) { value = name, ++count; });
  return count == 1 ? value : "";
}

std::string result_of(const Node& node) {
  return node.outputs.size() == 1 ? value_of(node.outputs.front()) : "";
}

bool is_named(const ModuleCallEntry& entry) {
  return !entry.fqn.empty() && entry.signature.has_value();
}

/// Names of values by the names that they had. Of several nodes that come from one, the last
/// gives its result.
using Renamed = std::unordered_map<std::string, std::string>;

Renamed renamed_values(const Graph& graph, const Graph& old) {
  Renamed renamed;
  for (std::size_t i = 0; i < old.inputs.size(); ++i) {
    renamed[value_of(old.inputs[i])] = value_of(graph.inputs[i]);
  }
  for (const Node& node : graph.nodes) {
    for (const auto& [key, origin] : node.metadata) {
      if (key == kOrigin) renamed[origin] = result_of(node);
    }
  }
  return renamed;
}

bool rename_all(std::vector<Argument>& arguments, const Renamed& renamed) {
  bool is_known = true;
  for (Argument& argument : arguments) {
    visit_values(argument, [&](std::string& name, ValueKind) {
      const auto found = renamed.find(name);
      is_known &= found != renamed.end() && !found->second.empty();
      if (is_known) name = found->second;
    });
  }
  return is_known;
}

void remove_origins(Graph& graph) {
  for (Node& node : graph.nodes) {
    std::erase_if(node.metadata, [](const auto& entry) { return entry.first == kOrigin; });
    for (NamedArgument& input : node.inputs) {
      if (auto* subgraph = input.arg.get<GraphArgument>()) remove_origins(*subgraph->graph);
    }
  }
}

}  // namespace

Graph with_origins(const GraphModule& module) {
  Graph graph = module.graph;
  const auto& calls = module.module_call_graph;
  if (std::none_of(calls.begin(), calls.end(), is_named)) return graph;
  for (Node& node : graph.nodes) {
    const std::string result = result_of(node);
    if (!result.empty()) node.metadata.emplace_back(kOrigin, result);
  }
  return graph;
}

void update_signatures(GraphModule& module, const Graph& old) {
  const auto& outputs = module.signature.output_specs;
  const bool hands_on_buffers = std::any_of(outputs.begin(), outputs.end(), [](const auto& spec) {
    return std::holds_alternative<BufferMutationSpec>(spec);
  });
  const Renamed renamed = hands_on_buffers ? Renamed{} : renamed_values(module.graph, old);
  for (ModuleCallEntry& entry : module.module_call_graph) {
    if (!is_named(entry)) continue;
    const bool is_known = rename_all(entry.signature->inputs, renamed) &&
                          rename_all(entry.signature->outputs, renamed);
    if (!is_known) entry.signature.reset();
  }
  remove_origins(module.graph);
}

}  // namespace roundtrip
