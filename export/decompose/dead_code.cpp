#include "export/decompose/dead_code.h"

#include <algorithm>

#include "export/interpreter/steps/node_effects.h"

namespace roundtrip {
namespace {

/// A call of a graph that is not finished.
bool calls_pending_graph(const Trace& trace, const Node& node) {
  const std::vector<const GraphArgument*> graphs = node.subgraphs();
  return std::any_of(graphs.begin(), graphs.end(), [&](const GraphArgument* called) {
    return trace.subgraphs.count(called->name) > 0;
  });
}

/// The recorder says of every call of graphs that it writes.
bool must_stay(const Trace& trace, const Node& node) {
  const NodeRecord& record = trace.record(node);
  if (calls_pending_graph(trace, node) || !record.bindings.empty()) return true;
  if (const auto effects = has_effects_in_graphs(node)) return *effects;
  return record.writes || is_arithmetic(node) || has_effects(node);
}

}  // namespace

void remove_dead_code(Trace& trace) {
  erase_dead(trace, [&](const Node& node) { return !must_stay(trace, node); });
}

}  // namespace roundtrip
