#include "export/program/unused_results.h"

#include <algorithm>

namespace roundtrip {
namespace {

std::string unused_prefix(const Node& node) {
  return node.name().value_or("") + "_unused_";
}

}  // namespace

std::string unused_result_name(const Node& node, std::size_t index) {
  return unused_prefix(node) + std::to_string(index);
}

void name_unused_results(Graph& graph) {
  for (Node& node : graph.nodes()) {
    for (GraphArgument* subgraph : node.subgraphs()) name_unused_results(*subgraph->graph);
    if (!node.name() || node.shares_name_with_result()) continue;
    node.metadata().emplace_back(kUnusedResultsAreNoNodes, "");
    const std::vector<GraphValue*> results = node.results();
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i]->is_used()) graph.rename(*results[i], unused_result_name(node, i));
    }
  }
}

bool has_no_unused_nodes(const Node& node) {
  return std::any_of(node.metadata().begin(), node.metadata().end(),
                     [](const auto& entry) { return entry.first == kUnusedResultsAreNoNodes; });
}

bool is_no_node(const Node& node, const GraphValue& result) {
  return result.name().starts_with(unused_prefix(node)) && has_no_unused_nodes(node);
}

}  // namespace roundtrip
