#include "export/verifier/signature_rules.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

namespace roundtrip {
namespace {

[[noreturn]] void fail(const std::string& value, const std::string& reason) {
  throw VerificationError("", value, "the signature: " + reason);
}

/// The name of the value that an argument is, or "" for a constant.
std::string value_name(const Argument& argument) {
  const GraphValue* value = argument.as_value();
  return value != nullptr ? value->name() : "";
}

/// The value that an input or output stands for; the name of a token.
template <typename Spec>
std::string value_of(const Spec& spec) {
  return spec.kind == decltype(spec.kind)::token ? spec.target : value_name(spec.arg);
}

template <typename Specs>
void match(const char* what, const std::vector<Argument>& arguments, const Specs& specs) {
  if (arguments.size() != specs.size()) {
    fail("", c10::str("it has ", specs.size(), " ", what, "s, the graph ", arguments.size()));
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].kind == decltype(specs[i].kind)::token) continue;
    const std::string expected = value_name(arguments[i]);
    const std::string found = value_name(specs[i].arg);
    if (found == expected) continue;
    fail(found, c10::str(what, " ", i, " is '", found, "', but the graph's is '", expected, "'"));
  }
}

class StateRules {
 public:
  explicit StateRules(const Program& program) : program_(program) {}

  void verify(const InputSpec& spec) {
    const std::string value = value_of(spec);
    switch (spec.kind) {
      case InputKind::parameter:
        parameters_.insert(spec.target);
        return verify_parameter(value, spec.target);
      case InputKind::buffer:
        buffers_.insert(spec.target);
        return verify_buffer(value, spec);
      case InputKind::tensor_constant:
        return require_constant("constant", value, spec.target);
      case InputKind::custom_obj:
        return require_constant("script object", value, spec.target);
      case InputKind::user_input:
        user_inputs_.insert(value);
        return;
      default:
        return;
    }
  }

  void verify(const OutputSpec& spec) const {
    const std::string value = value_of(spec);
    switch (spec.kind) {
      case OutputKind::buffer_mutation:
        return require_target(buffers_, "buffer", value, spec.target);
      case OutputKind::parameter_mutation:
      case OutputKind::gradient_to_parameter:
        return require_target(parameters_, "parameter", value, spec.target);
      case OutputKind::user_input_mutation:
      case OutputKind::gradient_to_user_input:
        return require_target(user_inputs_, "input", value, spec.input->name());
      default:
        return;
    }
  }

 private:
  using Names = std::unordered_set<std::string>;

  void verify_parameter(const std::string& value, const std::string& name) const {
    const Payload* weight = program_.weights.find(name);
    if (weight == nullptr) fail(value, "the parameter '" + name + "' has no value in the weights");
    if (!weight->is_param && std::holds_alternative<at::Tensor>(weight->data)) {
      fail(value, "the weight '" + name + "' is not marked as a parameter");
    }
  }

  void verify_buffer(const std::string& value, const InputSpec& spec) const {
    const bool in_weights = program_.weights.contains(spec.target);
    if (!spec.persistent && in_weights) {
      fail(value,
           "the buffer '" + spec.target + "' is not persistent, but has its value in the weights");
    }
    if (!in_weights) require_constant("buffer", value, spec.target);
  }

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
int rank_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::token:
      return 0;
    case OutputKind::buffer_mutation:
    case OutputKind::parameter_mutation:
    case OutputKind::user_input_mutation:
      return 1;
    default:
      return 2;
  }
}

void verify_order(const std::vector<OutputSpec>& specs) {
  int last = 0;
  for (const OutputSpec& spec : specs) {
    const int rank = rank_of(spec.kind);
    const std::string value = value_of(spec);
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

template <typename Specs, typename... Kinds>
std::size_t count_specs(const Specs& specs, Kinds... kinds) {
  return static_cast<std::size_t>(std::count_if(
      specs.begin(), specs.end(), [&](const auto& spec) { return ((spec.kind == kinds) || ...); }));
}

/// A constant input is called by its name, though no value of the graph stands for it.
bool is_constant_input(const GraphSignature& signature, const std::string& name) {
  const auto& specs = signature.input_specs;
  return std::any_of(specs.begin(), specs.end(), [&](const InputSpec& spec) {
    return spec.kind == InputKind::constant_input && spec.target == name;
  });
}

void verify_call_values(const ModuleCallEntry& entry, const std::vector<Argument>& arguments,
                        const GraphSignature& signature) {
  for (const Argument& argument : arguments) {
    for_each_value(argument, [&](const GraphValue& value) {
      const std::string& name = value.name();
      if (value.is_defined() || is_constant_input(signature, name)) return;
      throw VerificationError("", name,
                              c10::str("the call signature of module '", entry.fqn, "' names '",
                                       name, "', which is no value of the graph"));
    });
  }
}

}  // namespace

void verify_signature(const Program& program) {
  const GraphModule& module = program.graph_module;
  match("input", module.graph.inputs(), module.signature.input_specs);
  match("output", module.graph.outputs(), module.signature.output_specs);
  StateRules rules(program);
  for (const InputSpec& spec : module.signature.input_specs) rules.verify(spec);
  for (const OutputSpec& spec : module.signature.output_specs) rules.verify(spec);
  verify_order(module.signature.output_specs);
}

void verify_module_calls(const GraphModule& module) {
  const GraphSignature& signature = module.signature;
  for (const ModuleCallEntry& entry : module.module_call_graph) {
    if (!entry.signature) continue;
    verify_call_values(entry, entry.signature->inputs, signature);
    verify_call_values(entry, entry.signature->outputs, signature);
  }
  if (module.module_call_graph.empty() || !module.module_call_graph.front().signature) return;
  const ModuleCallSignature& root = *module.module_call_graph.front().signature;
  verify_leaves(
      "in_spec", root.in_spec,
      count_specs(signature.input_specs, InputKind::user_input, InputKind::constant_input));
  verify_leaves(
      "out_spec", root.out_spec,
      count_specs(signature.output_specs, OutputKind::user_output, OutputKind::loss_output));
}

}  // namespace roundtrip
