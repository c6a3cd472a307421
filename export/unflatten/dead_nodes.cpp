#include "export/unflatten/dead_nodes.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "export/interpreter/node_effects.h"
#include "export/program/graph_values.h"
#include "export/program/unused_results.h"

namespace roundtrip {

void drop_dead_nodes(Graph& graph) {
  std::unordered_set<std::string> used;
  const auto use = [&](const Argument& argument) {
    visit_values(argument, [&](const std::string& name, ValueKind) { used.insert(name); });
  };
  for (const Argument& output : graph.outputs) use(output);
  std::vector<Node> kept;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    bool needed = has_effects(*node);
    for (const Argument& output : node->outputs) {
      visit_values(output, [&](const std::string& name, ValueKind) {
        needed = needed || used.count(name) > 0;
      });
    }
    if (!needed) continue;
    for (const NamedArgument& input : node->inputs) use(input.arg);
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  graph.nodes = std::move(kept);
  name_unused_results(graph);
}

}  // namespace roundtrip
