#include "export/verifier/signature_rules.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "export/program/graph_values.h"

namespace roundtrip {
namespace {

[[noreturn]] void fail(const std::string& value, const std::string& reason) {
  throw VerificationError("", value, "the signature: " + reason);
}

/// The value an argument names, or "" for a constant.
std::string named_value(const Argument& argument) {
  std::string result;
  visit_values(argument, [&](const std::string& name, ValueKind) { result = name; });
  return result;
}

/// The value that an input or output spec stands for. A constant input has none.
std::string value_of(const UserInputSpec& spec) {
  return named_value(spec.arg);
}
std::string value_of(const UserOutputSpec& spec) {
  return named_value(spec.arg);
}
std::string value_of(const InputToConstantInputSpec&) {
  return "";
}
template <typename Spec>
std::string value_of(const Spec& spec) {
  return spec.arg.name;
}

template <typename Specs>
void match(const char* what, const std::vector<Argument>& arguments, const Specs& specs) {
  if (arguments.size() != specs.size()) {
    fail("", c10::str("it has ", specs.size(), " ", what, "s, the graph ", arguments.size()));
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string expected = named_value(arguments[i]);
    const std::string found = std::visit([](const auto& spec) { return value_of(spec); }, specs[i]);
    const bool is_token = std::visit(
        [](const auto& spec) {
          if constexpr (requires { spec.arg; }) {
            return std::is_same_v<std::decay_t<decltype(spec.arg)>, TokenArgument>;
          } else {
            return false;
          }
        },
        specs[i]);
    if (is_token || found == expected) continue;
    fail(found, c10::str(what, " ", i, " is '", found, "', but the graph's is '", expected, "'"));
  }
}

class StateRules {
 public:
  explicit StateRules(const Program& program) : program_(program) {}

  void operator()(const InputToParameterSpec& spec) {
    parameters_.insert(spec.parameter_name);
    const Payload* weight = program_.weights.find(spec.parameter_name);
    if (weight == nullptr) {
      fail(spec.arg.name,
           "the parameter '" + spec.parameter_name + "' has no value in the weights");
    }
    if (!weight->is_param && std::holds_alternative<at::Tensor>(weight->data)) {
      fail(spec.arg.name, "the weight '" + spec.parameter_name + "' is not marked as a parameter");
    }
  }
  void operator()(const InputToBufferSpec& spec) {
    buffers_.insert(spec.buffer_name);
    const bool in_weights = program_.weights.contains(spec.buffer_name);
    if (!spec.persistent && in_weights) {
      fail(spec.arg.name, "the buffer '" + spec.buffer_name +
                              "' is not persistent, but has its value in the weights");
    }
    if (!in_weights) require_constant("buffer", spec.arg.name, spec.buffer_name);
  }
  void operator()(const InputToTensorConstantSpec& spec) {
    require_constant("constant", spec.arg.name, spec.tensor_constant_name);
  }
  void operator()(const InputToCustomObjSpec& spec) {
    require_constant("script object", spec.arg.name, spec.custom_obj_name);
  }
  void operator()(const UserInputSpec& spec) { user_inputs_.insert(named_value(spec.arg)); }
  void operator()(const InputTokenSpec&) {}
  void operator()(const InputToConstantInputSpec&) {}

  void operator()(const BufferMutationSpec& spec) {
    require_target(buffers_, "buffer", spec.arg.name, spec.buffer_name);
  }
  void operator()(const ParameterMutationSpec& spec) {
    require_target(parameters_, "parameter", spec.arg.name, spec.parameter_name);
  }
  void operator()(const UserInputMutationSpec& spec) {
    require_target(user_inputs_, "input", spec.arg.name, spec.user_input_name);
  }
  void operator()(const GradientToParameterSpec& spec) {
    require_target(parameters_, "parameter", spec.arg.name, spec.parameter_name);
  }
  void operator()(const GradientToUserInputSpec& spec) {
    require_target(user_inputs_, "input", spec.arg.name, spec.user_input_name);
  }
  void operator()(const UserOutputSpec&) {}
  void operator()(const LossOutputSpec&) {}
  void operator()(const OutputTokenSpec&) {}

 private:
  using Names = std::unordered_set<std::string>;

  void require_constant(const char* what, const std::string& value, const std::string& name) const {
    if (program_.constants.contains(name)) return;
    fail(value, c10::str("the ", what, " '", name, "' has no value in the program"));
  }

  static void require_target(const Names& names, const char* what, const std::string& value,
                             const std::string& target) {
    if (names.count(target) > 0) return;
    fail(value, c10::str("'", value, "' is written to the ", what, " '", target,
                         "', which the program does not have"));
  }

  const Program& program_;
  Names parameters_, buffers_, user_inputs_;
};

/// Writes come before the results that the caller gets, tokens before both.
template <typename Spec>
constexpr int rank_of(const Spec&) {
  if constexpr (std::is_same_v<Spec, OutputTokenSpec>) return 0;
  if constexpr (std::is_same_v<Spec, BufferMutationSpec> ||
                std::is_same_v<Spec, ParameterMutationSpec> ||
                std::is_same_v<Spec, UserInputMutationSpec>) {
    return 1;
  }
  return 2;
}

void verify_order(const std::vector<OutputSpec>& specs) {
  int last = 0;
  for (const OutputSpec& spec : specs) {
    const int rank = std::visit([](const auto& one) { return rank_of(one); }, spec);
    const std::string value = std::visit([](const auto& one) { return value_of(one); }, spec);
    if (rank < last) fail(value, "the write of '" + value + "' comes after the results");
    last = rank;
  }
}

void verify_leaves(const char* what, const std::string& spec, std::size_t count) {
  std::size_t leaves = 0;
  try {
    leaves = treespec_loads(spec).num_leaves();
  } catch (const ProgramError& error) {
    throw VerificationError("", "", c10::str("the program's ", what, ": ", error.what()));
  }
  if (leaves == count) return;
  throw VerificationError(
      "", "", c10::str("the program's ", what, " has ", leaves, " leaves, its signature ", count));
}

template <typename... Counted>
std::size_t count_specs(const auto& specs) {
  return static_cast<std::size_t>(std::count_if(specs.begin(), specs.end(), [](const auto& spec) {
    return (std::holds_alternative<Counted>(spec) || ...);
  }));
}

void verify_call_values(const ModuleCallEntry& entry, const std::vector<Argument>& arguments,
                        const std::unordered_set<std::string>& values) {
  for (const Argument& argument : arguments) {
    visit_values(argument, [&](const std::string& name, ValueKind) {
      if (values.count(name) > 0) return;
      throw VerificationError("", name,
                              c10::str("the call signature of module '", entry.fqn, "' names '",
                                       name, "', which is no value of the graph"));
    });
  }
}

}  // namespace

void verify_signature(const Program& program) {
  const GraphModule& module = program.graph_module;
  match("input", module.graph.inputs, module.signature.input_specs);
  match("output", module.graph.outputs, module.signature.output_specs);
  StateRules rules(program);
  for (const InputSpec& spec : module.signature.input_specs) std::visit(rules, spec);
  for (const OutputSpec& spec : module.signature.output_specs) std::visit(rules, spec);
  verify_order(module.signature.output_specs);
}

void verify_module_calls(const GraphModule& module) {
  std::unordered_set<std::string> values;
  const auto add = [&](const std::string& name, ValueKind) { values.insert(name); };
  for (const Argument& input : module.graph.inputs) visit_values(input, add);
  for (const InputSpec& spec : module.signature.input_specs) {
    if (const auto* input = std::get_if<InputToConstantInputSpec>(&spec))
      values.insert(input->name);
  }
  for (const Node& node : module.graph.nodes) {
    for (const Argument& output : node.outputs) visit_values(output, add);
  }
  for (const ModuleCallEntry& entry : module.module_call_graph) {
    if (!entry.signature) continue;
    verify_call_values(entry, entry.signature->inputs, values);
    verify_call_values(entry, entry.signature->outputs, values);
  }
  if (module.module_call_graph.empty() || !module.module_call_graph.front().signature) return;
  const ModuleCallSignature& root = *module.module_call_graph.front().signature;
  const GraphSignature& signature = module.signature;
  verify_leaves("in_spec", root.in_spec,
                count_specs<UserInputSpec, InputToConstantInputSpec>(signature.input_specs));
  verify_leaves("out_spec", root.out_spec,
                count_specs<UserOutputSpec, LossOutputSpec>(signature.output_specs));
}

}  // namespace roundtrip
