#include "export/decompose/dead_code.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/enum_tag.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "export/interpreter/operator_policy.h"
#include "export/program/graph_values.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

bool node_has_effects(const Node& node);

/// Nothing if the node calls no graphs. What a call of graphs does is what they do.
std::optional<bool> has_effects_in_graphs(const Node& node) {
  std::optional<bool> effects;
  for (const NamedArgument& input : node.inputs) {
    const auto* called = input.arg.get<GraphArgument>();
    if (called == nullptr) continue;
    const std::vector<Node>& nodes = called->graph->nodes;
    effects = effects.value_or(false) || std::any_of(nodes.begin(), nodes.end(), node_has_effects);
  }
  return effects;
}

bool node_has_effects(const Node& node) {
  if (node.outputs.empty()) return true;
  if (!node.target.starts_with("torch.ops.")) return false;
  if (node.target.starts_with("torch.ops.higher_order.")) {
    return has_effects_in_graphs(node).value_or(true);
  }
  const auto op = c10::Dispatcher::singleton().findSchema(operator_name(node.target));
  return op && (op->schema().is_mutable() || op->hasTag(at::Tag::nondeterministic_seeded));
}

/// The recorder says of every call of graphs that it writes.
bool has_effects(const TracedNode& traced) {
  if (const auto effects = has_effects_in_graphs(traced.node)) return *effects;
  return traced.writes || node_has_effects(traced.node);
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
