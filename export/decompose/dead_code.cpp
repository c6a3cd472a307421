#include "export/decompose/dead_code.h"

#include <algorithm>

#include "export/interpreter/steps/node_effects.h"
#include "export/program/needed_nodes.h"

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
  trace.nodes = needed_nodes(
      std::move(trace.nodes), trace.outputs,
      [](const TracedNode& traced) -> const Node& { return traced.node; },
      [&](const TracedNode& traced) { return must_stay(trace, traced); });
}

}  // namespace roundtrip
