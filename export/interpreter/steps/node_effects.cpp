#include "export/interpreter/steps/node_effects.h"
#include "export/graph/target.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>

#include "export/graph/target.h"
#include "export/operators/facts.h"

namespace roundtrip {
namespace {

bool is_operator(const Node& node) {
  return node.target().starts_with("torch.ops.");
}

}  // namespace

std::optional<bool> has_effects_in_graphs(const Node& node) {
  std::optional<bool> effects;
  for (const GraphArgument* called : node.subgraphs()) {
    const auto nodes = std::as_const(*called->graph).nodes();
    effects = effects.value_or(false) || std::any_of(nodes.begin(), nodes.end(), has_effects);
  }
  return effects;
}

bool is_arithmetic(const Node& node) {
  if (is_operator(node) || node.outputs().empty()) return false;
  return std::all_of(node.outputs().begin(), node.outputs().end(), [](const Argument& output) {
    return output.get<SymIntArgument>() || output.get<SymFloatArgument>() ||
           output.get<SymBoolArgument>();
  });
}

bool has_effects(const Node& node) {
  if (node.results().empty()) return true;
  if (!is_operator(node)) return !is_arithmetic(node);
  if (node.target().starts_with("torch.ops.higher_order.")) {
    return has_effects_in_graphs(node).value_or(true);
  }
  const auto op = c10::Dispatcher::singleton().findSchema(operator_name(node.target()));
  if (!op) return false;
  const OperatorFacts& facts = facts_of(*op);
  return facts.writes || facts.is_random;
}

}  // namespace roundtrip
