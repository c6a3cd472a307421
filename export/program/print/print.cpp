#include "export/program/print/print.h"

#include <string_view>
#include <unordered_map>

#include "export/program/print/print_graph.h"
#include "export/program/python/text.h"

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

/// The kinds of inputs and outputs, as Python's enumerations are printed.
const char* kind_of(InputKind kind) {
  static const std::unordered_map<InputKind, const char*> kNames = {
      {InputKind::user_input, "USER_INPUT"},
      {InputKind::parameter, "PARAMETER"},
      {InputKind::buffer, "BUFFER"},
      {InputKind::tensor_constant, "CONSTANT_TENSOR"},
      {InputKind::custom_obj, "CUSTOM_OBJ"},
      {InputKind::token, "TOKEN"},
      {InputKind::constant_input, "USER_INPUT"}};
  return kNames.at(kind);
}

const char* kind_of(OutputKind kind) {
  static const std::unordered_map<OutputKind, const char*> kNames = {
      {OutputKind::user_output, "USER_OUTPUT"},
      {OutputKind::loss_output, "LOSS_OUTPUT"},
      {OutputKind::buffer_mutation, "BUFFER_MUTATION"},
      {OutputKind::gradient_to_parameter, "GRADIENT_TO_PARAMETER"},
      {OutputKind::gradient_to_user_input, "GRADIENT_TO_USER_INPUT"},
      {OutputKind::user_input_mutation, "USER_INPUT_MUTATION"},
      {OutputKind::token, "TOKEN"},
      {OutputKind::parameter_mutation, "PARAMETER_MUTATION"}};
  return kNames.at(kind);
}

/// The name of the graph's input or output; a literal among a user's has none.
template <typename Spec>
std::string name_of(const Spec& spec) {
  const GraphValue* value = spec.arg.as_value();
  return value ? value->name() : "";
}

template <typename Spec>
std::string line(const std::string& name, const Spec& spec, const std::string& target) {
  return name + ": " + kind_of(spec.kind) + (target.empty() ? "" : " target='" + target + "'");
}

std::string print_spec(const InputSpec& spec) {
  const bool is_named_by_target =
      spec.kind == InputKind::token || spec.kind == InputKind::constant_input;
  if (is_named_by_target) return line(spec.target, spec, "");
  const std::string text = line(name_of(spec), spec, spec.target);
  return spec.kind == InputKind::buffer ? text + " persistent=" + python_repr(spec.persistent)
                                        : text;
}

std::string print_spec(const OutputSpec& spec) {
  if (spec.kind == OutputKind::token) return line(spec.target, spec, "");
  return line(name_of(spec), spec, spec.input ? spec.input->name() : spec.target);
}

template <typename Spec>
std::string print_specs(const std::vector<Spec>& specs) {
  std::string lines;
  for (const auto& spec : specs) lines += print_spec(spec) + "\n";
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
