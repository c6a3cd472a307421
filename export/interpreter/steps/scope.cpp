#include "export/interpreter/steps/scope.h"

#include <roundtrip/error.h>

namespace roundtrip {

Scope::Scope(const Graph& graph) : dying_(graph.num_nodes()) {
  const auto use_at = [this](std::size_t node) {
    return [this, node](const GraphValue& value) {
      LastUse& use = last_uses_[&value];
      use = {node, use.node == node ? use.count + 1 : 1};
    };
  };
  std::size_t index = 0;
  for (const Node& node : graph.nodes()) {
    for (const NamedArgument& input : node.inputs()) for_each_value(input.arg, use_at(index));
    ++index;
  }
  // The graph's outputs use their values after all nodes.
  for (const Argument& output : graph.outputs()) for_each_value(output, use_at(index));
  for (const auto& [value, use] : last_uses_) {
    if (use.node < dying_.size()) dying_[use.node].push_back(value);
  }
}

Register Scope::define(const GraphValue& value) {
  return registers_.emplace(&value, static_cast<Register>(registers_.size())).first->second;
}

std::optional<Register> Scope::define_if_used(const GraphValue& value) {
  if (last_uses_.count(&value) == 0) return std::nullopt;
  return define(value);
}

Register Scope::find(const GraphValue& value) const {
  const auto found = registers_.find(&value);
  if (found != registers_.end()) return found->second;
  throw ProgramError("the value '" + value.name() + "' is used, but no earlier node defines it");
}

bool Scope::is_only_and_last_use(const GraphValue& value) const {
  const auto found = last_uses_.find(&value);
  return found != last_uses_.end() && found->second.node == node_ && found->second.count == 1;
}

}  // namespace roundtrip
