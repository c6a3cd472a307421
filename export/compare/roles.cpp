#include "export/compare/roles.h"

#include <unordered_map>

namespace roundtrip::compare {

namespace {

/// What inputs are.
using Roles = std::unordered_map<const GraphValue*, std::string>;

/// Counts the inputs and outputs that have no name of their own.
class RoleNames {
 public:
  explicit RoleNames(const Roles& inputs) : inputs_(inputs) {}

  std::string operator()(const InputSpec& spec) {
    switch (spec.kind) {
      case InputKind::parameter:
        return "parameter " + spec.target;
      case InputKind::buffer:
        return (spec.persistent ? "buffer " : "buffer that is not saved ") + spec.target;
      case InputKind::tensor_constant:
        return "constant " + spec.target;
      case InputKind::custom_obj:
        return "object " + spec.target;
      case InputKind::token:
        return token();
      default:
        return user("input");
    }
  }

  std::string operator()(const OutputSpec& spec) {
    switch (spec.kind) {
      case OutputKind::loss_output:
        return "loss";
      case OutputKind::buffer_mutation:
        return "written to buffer " + spec.target;
      case OutputKind::parameter_mutation:
        return "written to parameter " + spec.target;
      case OutputKind::user_input_mutation:
        return "written to " + role_of(*spec.input);
      case OutputKind::gradient_to_parameter:
        return "gradient of parameter " + spec.target;
      case OutputKind::gradient_to_user_input:
        return "gradient of " + role_of(*spec.input);
      case OutputKind::token:
        return token();
      default:
        return user("output");
    }
  }

 private:
  /// Values may have other names.
  std::string role_of(const GraphValue& input) const {
    const auto role = inputs_.find(&input);
    return role == inputs_.end() ? input.name() : role->second;
  }
  std::string user(const std::string& kind) { return kind + " " + std::to_string(users_++); }
  std::string token() { return "token " + std::to_string(tokens_++); }

  const Roles& inputs_;
  int users_ = 0;
  int tokens_ = 0;
};

template <typename Spec>
std::vector<std::string> roles(const std::vector<Spec>& specs, std::size_t count,
                               const Roles& inputs = {}) {
  RoleNames names(inputs);
  std::vector<std::string> found;
  for (const auto& spec : specs) found.push_back(names(spec));
  while (found.size() < count) found.push_back("value " + std::to_string(found.size()));
  found.resize(count);
  return found;
}

}  // namespace

GraphSide program_side(const GraphModule& module) {
  const auto& graph = module.graph;
  const auto inputs = roles(module.signature.input_specs, graph.inputs().size());
  Roles role_of;
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    for_each_value(graph.inputs()[i],
                   [&](const GraphValue& value) { role_of[&value] = inputs[i]; });
  }
  return {graph, inputs, roles(module.signature.output_specs, graph.outputs().size(), role_of)};
}

}  // namespace roundtrip::compare
