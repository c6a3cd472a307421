#include "export/interpreter/scope.h"

#include <roundtrip/error.h>

namespace roundtrip {

namespace {

using Visit = std::function<void(const std::string&)>;

/// One overload for each kind of argument that names values; the rest names none.
struct NameVisitor {
  const Visit& visit;

  template <typename T>
  void operator()(const T&) const {}

  void operator()(const TensorArgument& tensor) const { visit(tensor.name); }
  void operator()(const CustomObjArgument& object) const { visit(object.name); }
  void operator()(const SymIntArgument& number) const { visit_number(number); }
  void operator()(const SymFloatArgument& number) const { visit_number(number); }
  void operator()(const SymBoolArgument& number) const { visit_number(number); }
  void operator()(const OptionalTensorArgument& optional) const {
    if (auto* tensor = std::get_if<TensorArgument>(&optional)) visit(tensor->name);
  }
  void operator()(const ArgumentDict& dict) const {
    for (const auto& entry : dict.entries) std::visit(*this, entry.value.value);
  }
  template <typename T>
  void operator()(const std::vector<T>& items) const {
    for (const auto& item : items) (*this)(item);
  }
  void operator()(const std::vector<bool>&) const {}

 private:
  template <typename Number>
  void visit_number(const Number& number) const {
    if (auto* name = std::get_if<std::string>(&number.value)) visit(*name);
  }
};

}  // namespace

void for_each_name(const Argument& argument, const Visit& visit) {
  std::visit(NameVisitor{visit}, argument.value);
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
