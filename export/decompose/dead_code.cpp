#include "export/decompose/dead_code.h"

#include <algorithm>
#include <unordered_set>

#include "export/interpreter/node_effects.h"
#include "export/program/graph_values.h"

namespace roundtrip {
namespace {

/// A call of a graph that is not finished.
bool calls_pending_graph(const Trace& trace, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const NamedArgument& input) {
    const auto* called = input.arg.get<GraphArgument>();
    return called != nullptr && trace.subgraphs.count(called->name) > 0;
  });
}

/// The recorder says of every call of graphs that it writes.
bool must_stay(const Trace& trace, const TracedNode& traced) {
  const Node& node = traced.node;
  if (calls_pending_graph(trace, node) || !traced.bindings.empty()) return true;
  if (const auto effects = has_effects_in_graphs(node)) return *effects;
  return traced.writes || is_arithmetic(node) || has_effects(node);
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
    bool needed = must_stay(trace, *node);
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

}  // namespace roundtrip
