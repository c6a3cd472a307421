#include "export/program/unused_results.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "export/program/graph_values.h"

namespace roundtrip {

namespace {

std::string unused_prefix(const Node& node) {
  return node.name.value_or("") + "_unused_";
}

/// The node's one result goes by the node's name.
bool is_one_value(const Node& node) {
  if (node.outputs.size() != 1 || node.outputs[0].get<std::vector<TensorArgument>>()) return false;
  bool same = false;
  visit_values(node.outputs[0],
               [&](const std::string& name, ValueKind) { same = name == node.name; });
  return same;
}

}  // namespace

std::string unused_result_name(const Node& node, std::size_t index) {
  return unused_prefix(node) + std::to_string(index);
}

void name_unused_results(Graph& graph) {
  for (Node& node : graph.nodes) {
    for (NamedArgument& input : node.inputs) {
      if (auto* subgraph = input.arg.get<GraphArgument>()) name_unused_results(*subgraph->graph);
    }
  }
  std::unordered_set<std::string> used;
  const auto use = [&](const Argument& argument) {
    visit_values(argument, [&](const std::string& name, ValueKind) { used.insert(name); });
  };
  for (const Argument& output : graph.outputs) use(output);
  for (const Node& node : graph.nodes) {
    for (const NamedArgument& input : node.inputs) use(input.arg);
  }
  std::unordered_map<std::string, std::string> names;
  for (Node& node : graph.nodes) {
    if (!node.name || is_one_value(node)) continue;
    node.metadata.emplace_back(kUnusedResultsAreNoNodes, "");
    std::size_t index = 0;
    for (Argument& output : node.outputs) {
      visit_values(output, [&](std::string& name, ValueKind) {
        if (used.count(name) == 0) {
          const std::string old = name;
          name = unused_result_name(node, index);
          names.emplace(old, name);
        }
        ++index;
      });
    }
  }
  rename_values(graph, names);
}

bool has_no_unused_nodes(const Node& node) {
  return std::any_of(node.metadata.begin(), node.metadata.end(),
                     [](const auto& entry) { return entry.first == kUnusedResultsAreNoNodes; });
}

bool is_no_node(const Node& node, const std::string& result) {
  return result.starts_with(unused_prefix(node)) && has_no_unused_nodes(node);
}

}  // namespace roundtrip
