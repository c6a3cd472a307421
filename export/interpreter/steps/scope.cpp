#include "export/interpreter/steps/scope.h"

#include <roundtrip/error.h>

#include "export/program/graph_values.h"

namespace roundtrip {

void for_each_name(const Argument& argument, const std::function<void(const std::string&)>& visit) {
  visit_values(argument, [&](const std::string& name, ValueKind) { visit(name); });
}

Scope::Scope(const Graph& graph) : dying_(graph.nodes.size()) {
  auto use_at = [this](std::size_t node) {
    return [this, node](const std::string& name) {
      auto& use = last_uses_[name];
      use = {node, use.node == node ? use.count + 1 : 1};
    };
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const auto& input : graph.nodes[i].inputs) for_each_name(input.arg, use_at(i));
  }
  // The graph's outputs use their values after all nodes.
  for (const auto& output : graph.outputs) for_each_name(output, use_at(graph.nodes.size()));
  for (const auto& [name, use] : last_uses_) {
    if (use.node < dying_.size()) dying_[use.node].push_back(name);
  }
}

Register Scope::define(const std::string& name) {
  auto [entry, is_new] = registers_.emplace(name, static_cast<Register>(registers_.size()));
  if (!is_new) throw ProgramError("two nodes define the value '" + name + "'");
  return entry->second;
}

std::optional<Register> Scope::define_if_used(const std::string& name) {
  if (!last_uses_.count(name)) return std::nullopt;
  return define(name);
}

Register Scope::find(const std::string& name) const {
  auto found = registers_.find(name);
  if (found != registers_.end()) return found->second;
  throw ProgramError("the value '" + name + "' is used, but no earlier node defines it");
}

bool Scope::is_only_and_last_use(const std::string& name) const {
  auto found = last_uses_.find(name);
  return found != last_uses_.end() && found->second.node == node_ && found->second.count == 1;
}

std::vector<std::string> Scope::dying() const {
  return dying_[node_];
}

}  // namespace roundtrip
