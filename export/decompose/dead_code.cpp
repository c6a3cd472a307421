#include "export/decompose/dead_code.h"

#include <algorithm>
#include <unordered_set>

#include "export/graph/schema_values.h"
#include "export/interpreter/steps/node_effects.h"

namespace roundtrip {
namespace {

/// A call of a graph that is not finished.
bool calls_pending_graph(const Trace& trace, const schema::Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& input) {
    const auto* called = input.arg.template get<schema::GraphArgument>();
    return called != nullptr && trace.subgraphs.count(called->name) > 0;
  });
}

/// The recorder says of every call of graphs that it writes.
bool must_stay(const Trace& trace, const TracedNode& traced) {
  if (calls_pending_graph(trace, traced.node) || !traced.bindings.empty()) return true;
  schema::Graph alone;
  alone.nodes = {traced.node};
  const Graph graph = schema::from_schema(alone);
  const Node& node = *graph.nodes().begin();
  if (const auto effects = has_effects_in_graphs(node)) return *effects;
  return traced.writes || is_arithmetic(node) || has_effects(node);
}

}  // namespace

void remove_dead_code(Trace& trace) {
  std::unordered_set<std::string> used;
  const auto use = [&](const schema::Argument& argument) {
    schema::visit_values(argument,
                         [&](const std::string& name, schema::ValueKind) { used.insert(name); });
  };
  const auto is_used = [&](const schema::Argument& output) {
    bool found = false;
    schema::visit_values(
        output, [&](const std::string& name, schema::ValueKind) { found |= used.contains(name); });
    return found;
  };
  std::for_each(trace.outputs.begin(), trace.outputs.end(), use);
  std::vector<TracedNode> needed;
  for (auto traced = trace.nodes.rbegin(); traced != trace.nodes.rend(); ++traced) {
    const auto& outputs = traced->node.outputs;
    if (std::none_of(outputs.begin(), outputs.end(), is_used) && !must_stay(trace, *traced)) {
      continue;
    }
    for (const schema::NamedArgument& input : traced->node.inputs) use(input.arg);
    needed.push_back(std::move(*traced));
  }
  std::reverse(needed.begin(), needed.end());
  trace.nodes = std::move(needed);
}

}  // namespace roundtrip
