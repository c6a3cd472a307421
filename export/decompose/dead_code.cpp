#include "export/decompose/dead_code.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/enum_tag.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "export/interpreter/operator_policy.h"
#include "export/program/graph_values.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

bool has_effects(const TracedNode& traced) {
  if (traced.writes || traced.node.outputs.empty()) return true;
  if (!traced.node.target.starts_with("torch.ops.")) return false;
  if (traced.node.target.starts_with("torch.ops.higher_order.")) return true;
  const auto op = c10::Dispatcher::singleton().findSchema(operator_name(traced.node.target));
  return op && op->hasTag(at::Tag::nondeterministic_seeded);
}

}  // namespace

void remove_dead_code(Trace& trace) {
  std::unordered_set<std::string> used;
  const auto use = [&](const Argument& argument) {
    visit_values(argument, [&](const std::string& name, ValueKind) { used.insert(name); });
  };
  for (const Argument& output : trace.outputs) use(output);
  std::vector<TracedNode> kept;
  for (auto node = trace.nodes.rbegin(); node != trace.nodes.rend(); ++node) {
    bool needed = has_effects(*node);
    for (const Argument& output : node->node.outputs) {
      visit_values(output, [&](const std::string& name, ValueKind) {
        needed = needed || used.count(name) > 0;
      });
    }
    if (!needed) continue;
    for (const NamedArgument& input : node->node.inputs) use(input.arg);
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  trace.nodes = std::move(kept);
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
    if (result_bears_name(node)) continue;
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

}  // namespace roundtrip
