#include "export/compare/roles.h"

#include <unordered_map>

#include "export/program/graph_values.h"

namespace roundtrip::compare {

namespace {

/// What inputs are, by the names of their values.
using Roles = std::unordered_map<std::string, std::string>;

/// Counts the inputs and outputs that have no name of their own.
class RoleNames {
 public:
  explicit RoleNames(const Roles& inputs) : inputs_(inputs) {}

  std::string operator()(const UserInputSpec&) { return user("input"); }
  std::string operator()(const InputToConstantInputSpec&) { return user("input"); }
  std::string operator()(const InputToParameterSpec& spec) {
    return "parameter " + spec.parameter_name;
  }
  std::string operator()(const InputToBufferSpec& spec) {
    return (spec.persistent ? "buffer " : "buffer that is not saved ") + spec.buffer_name;
  }
  std::string operator()(const InputToTensorConstantSpec& spec) {
    return "constant " + spec.tensor_constant_name;
  }
  std::string operator()(const InputToCustomObjSpec& spec) {
    return "object " + spec.custom_obj_name;
  }
  std::string operator()(const InputTokenSpec&) { return token(); }

  std::string operator()(const UserOutputSpec&) { return user("output"); }
  std::string operator()(const LossOutputSpec&) { return "loss"; }
  std::string operator()(const BufferMutationSpec& spec) {
    return "written to buffer " + spec.buffer_name;
  }
  std::string operator()(const ParameterMutationSpec& spec) {
    return "written to parameter " + spec.parameter_name;
  }
  std::string operator()(const UserInputMutationSpec& spec) {
    return "written to " + role_of(spec.user_input_name);
  }
  std::string operator()(const GradientToParameterSpec& spec) {
    return "gradient of parameter " + spec.parameter_name;
  }
  std::string operator()(const GradientToUserInputSpec& spec) {
    return "gradient of " + role_of(spec.user_input_name);
  }
  std::string operator()(const OutputTokenSpec&) { return token(); }

 private:
  /// Values may be called otherwise.
  std::string role_of(const std::string& input) const {
    const auto role = inputs_.find(input);
    return role == inputs_.end() ? input : role->second;
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
  for (const auto& spec : specs) found.push_back(std::visit(names, spec));
  while (found.size() < count) found.push_back("value " + std::to_string(found.size()));
  found.resize(count);
  return found;
}

}  // namespace

GraphSide program_side(const GraphModule& module) {
  const auto& graph = module.graph;
  const auto inputs = roles(module.signature.input_specs, graph.inputs.size());
  Roles role_of;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    visit_values(graph.inputs[i],
                 [&](const std::string& name, ValueKind) { role_of[name] = inputs[i]; });
  }
  return {graph, inputs, roles(module.signature.output_specs, graph.outputs.size(), role_of)};
}

}  // namespace roundtrip::compare
