#include "export/capture/final_names.h"

#include "export/capture/arguments.h"
#include "export/capture/fx_names.h"
#include "export/capture/trace.h"

namespace roundtrip {
namespace {

using NameMap = std::unordered_map<std::string, std::string>;

void rename_values(OrderedMap<TensorMeta>& values, const NameMap& names) {
  OrderedMap<TensorMeta> renamed;
  for (const auto& entry : values) renamed.insert(names.at(entry.key()), entry.value());
  values = std::move(renamed);
}

/// Renames everything in `graph` but its inputs, which `names` has already.
void rename_nodes(Graph& graph, PlaceholderNamer& namer, NameMap names);

void rename_subgraph(Node& node) {
  if (node.inputs.size() < 2) return;
  auto* subgraph = node.inputs[1].arg.get<GraphArgument>();
  if (subgraph == nullptr) return;
  Graph& graph = *subgraph->graph;
  PlaceholderNamer namer;
  NameMap names;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    auto& input = *graph.inputs[i].get<TensorArgument>();
    const std::string& operand = node.inputs[i + 2].arg.get<TensorArgument>()->name;
    names[input.name] = namer.input(operand);
    input.name = operand;
  }
  rename_nodes(graph, namer, std::move(names));
}

void rename_nodes(Graph& graph, PlaceholderNamer& namer, NameMap names) {
  const auto use = [&](std::string& name) { name = names.at(name); };
  const auto define = [&](std::string& name) { name = names[name] = namer.node(name); };
  for (Node& node : graph.nodes) {
    for (NamedArgument& input : node.inputs) visit_value_names(input.arg, use);
    const bool bears_name = result_bears_name(node);
    if (!bears_name) node.name = namer.node(*node.name);
    for (Argument& output : node.outputs) visit_value_names(output, define);
    if (bears_name) node.name = node.outputs[0].get<TensorArgument>()->name;
    rename_subgraph(node);
  }
  for (Argument& output : graph.outputs) visit_value_names(output, use);
  rename_values(graph.tensor_values, names);
}

}  // namespace

std::vector<std::string> assign_final_names(Graph& graph, const std::vector<WantedName>& inputs) {
  PlaceholderNamer namer;
  NameMap names;
  std::vector<std::string> result;
  for (const auto& [value, name] : inputs) {
    result.push_back(namer.input(name));
    if (!value.empty()) names[value] = result.back();
  }
  rename_nodes(graph, namer, std::move(names));
  return result;
}

}  // namespace roundtrip
