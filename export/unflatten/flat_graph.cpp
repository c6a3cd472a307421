#include "export/unflatten/flat_graph.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "export/graph/call_runs.h"
#include "export/unflatten/module_node.h"

namespace roundtrip {

FlatGraph::FlatGraph(const Graph& graph) : graph_(graph) {
  for (const Node& node : graph.nodes()) {
    places_.emplace(&node, nodes_.size());
    nodes_.push_back(&node);
    stacks_.push_back(module_stack(node));
  }
  cut_stacks();
}

void FlatGraph::cut_stacks() {
  std::vector<std::vector<std::string>> calls;
  for (const Stack& stack : stacks_) {
    std::vector<std::string>& names = calls.emplace_back();
    for (const StackEntry& entry : stack) names.push_back(call_name(entry.path, entry.call));
  }
  const std::vector<std::size_t> depths = depths_of_runs(calls);
  for (std::size_t i = 0; i < stacks_.size(); ++i) stacks_[i].resize(depths[i]);
}

bool FlatGraph::is_known(const GraphValue& value, std::size_t node) const {
  if (value.is_input()) return true;
  return value.producer() != nullptr && places_.at(value.producer()) < node;
}

bool FlatGraph::is_used_from(const GraphValue& value, std::size_t node) const {
  if (value.is_output()) return true;
  const std::vector<Node*> users = value.users();
  return std::any_of(users.begin(), users.end(),
                     [&](const Node* user) { return places_.at(user) >= node; });
}

GraphValue& FlatGraph::enter(const GraphValue& value, const std::string& name, Graph& graph) {
  const auto kind = value.kind();
  if (!kind || *kind == ValueKind::custom_obj) {
    throw UnsupportedError("the value '" + value.name() +
                           "' is neither a tensor nor a number: a program "
                           "with objects cannot be unflattened");
  }
  GraphValue* known = graph.find(name);
  return known != nullptr ? *known : graph.add_value(name, value.type());
}

}  // namespace roundtrip
