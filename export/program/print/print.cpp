#include "export/program/print/print.h"

#include <string_view>

#include "export/program/print/print_graph.h"
#include "export/program/python/text.h"
#include "export/program/value_name.h"

namespace roundtrip {

namespace {

std::string indent_all(const std::string& text) {
  std::string indented;
  for (char c : text) {
    indented += c;
    if (c == '\n') indented += "    ";
  }
  return indented;
}

// ---- signature ------------------------------------------------------------

/// The name of a user's input or output; a literal has none.
std::string name_of(const Argument& argument) {
  const std::string* name = std::visit(ValueName(), argument.value);
  return name ? *name : "";
}

std::string line(const std::string& name, const char* kind) {
  return name + ": " + kind;
}

std::string line(const std::string& name, const char* kind, const std::string& target) {
  return line(name, kind) + " target='" + target + "'";
}

struct SpecPrinter {
  std::string operator()(const UserInputSpec& spec) const {
    return line(name_of(spec.arg), "USER_INPUT");
  }
  std::string operator()(const InputToParameterSpec& spec) const {
    return line(spec.arg.name, "PARAMETER", spec.parameter_name);
  }
  std::string operator()(const InputToBufferSpec& spec) const {
    return line(spec.arg.name, "BUFFER", spec.buffer_name) +
           " persistent=" + python_repr(spec.persistent);
  }
  std::string operator()(const InputToTensorConstantSpec& spec) const {
    return line(spec.arg.name, "CONSTANT_TENSOR", spec.tensor_constant_name);
  }
  std::string operator()(const InputToCustomObjSpec& spec) const {
    return line(spec.arg.name, "CUSTOM_OBJ", spec.custom_obj_name);
  }
  std::string operator()(const InputTokenSpec& spec) const { return line(spec.arg.name, "TOKEN"); }
  std::string operator()(const InputToConstantInputSpec& spec) const {
    return line(spec.name, "USER_INPUT");
  }
  std::string operator()(const UserOutputSpec& spec) const {
    return line(name_of(spec.arg), "USER_OUTPUT");
  }
  std::string operator()(const LossOutputSpec& spec) const {
    return line(spec.arg.name, "LOSS_OUTPUT");
  }
  std::string operator()(const BufferMutationSpec& spec) const {
    return line(spec.arg.name, "BUFFER_MUTATION", spec.buffer_name);
  }
  std::string operator()(const ParameterMutationSpec& spec) const {
    return line(spec.arg.name, "PARAMETER_MUTATION", spec.parameter_name);
  }
  std::string operator()(const GradientToParameterSpec& spec) const {
    return line(spec.arg.name, "GRADIENT_TO_PARAMETER", spec.parameter_name);
  }
  std::string operator()(const GradientToUserInputSpec& spec) const {
    return line(spec.arg.name, "GRADIENT_TO_USER_INPUT", spec.user_input_name);
  }
  std::string operator()(const UserInputMutationSpec& spec) const {
    return line(spec.arg.name, "USER_INPUT_MUTATION", spec.user_input_name);
  }
  std::string operator()(const OutputTokenSpec& spec) const { return line(spec.arg.name, "TOKEN"); }
};

template <typename Spec>
std::string print_specs(const std::vector<Spec>& specs) {
  std::string lines;
  for (const auto& spec : specs) lines += std::visit(SpecPrinter(), spec) + "\n";
  return specs.empty() ? "\n" : lines;
}

std::string print_signature(const GraphSignature& signature) {
  return "\n# inputs\n" + print_specs(signature.input_specs) + "\n# outputs\n" +
         print_specs(signature.output_specs);
}

// ---- range constraints ----------------------------------------------------

std::string print_ranges(const OrderedMap<RangeConstraint>& ranges, const SymbolText& symbols) {
  auto bound = [](const std::optional<std::int64_t>& value, const char* infinite) {
    return value ? std::to_string(*value) : infinite;
  };
  std::string text;
  for (const auto& entry : ranges) {
    if (!symbols.contains(entry.key())) continue;  // as Python drops what no value mentions
    if (!text.empty()) text += ", ";
    text += entry.key() + ": VR[" + bound(entry.value().min_val, "-int_oo") + ", " +
            bound(entry.value().max_val, "int_oo") + "]";
  }
  return "{" + text + "}";
}

}  // namespace

std::string print_program(const Program& program) {
  SymbolText symbols;
  const auto& module = program.graph_module;
  auto code = print_graph(module.graph, &module.signature, "GraphModule", symbols);
  return "ExportedProgram:\n    " + indent_all(code) +
         "\nGraph signature: " + indent_all(print_signature(module.signature)) +
         "\nRange constraints: " + print_ranges(program.range_constraints, symbols) + "\n";
}

}  // namespace roundtrip
