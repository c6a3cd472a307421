#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "export/archive/payload_config.h"
#include "export/archive/schema.h"

/// The schema as tables: the JSON keys of every struct in the order Python
/// writes them, and the tags of every union in the order of the model's variant.
/// Reader and writer are generated from these.
namespace roundtrip::schema {

template <typename Struct, typename Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
  bool required;
  bool written_if_unset = true;
};

template <typename Struct, typename Member>
constexpr Field<Struct, Member> required(std::string_view name, Member Struct::*member) {
  return {name, member, true};
}
/// A field that a file may lack; the model's default stands for it.
template <typename Struct, typename Member>
constexpr Field<Struct, Member> optional(std::string_view name, Member Struct::*member) {
  return {name, member, false};
}

/// One that newer files always have and older ones never: where it is unset, the program came
/// from an older file, which is written as it was.
template <typename Struct, typename Member>
constexpr Field<Struct, Member> newer(std::string_view name, Member Struct::*member) {
  return {name, member, false, false};
}

/// Specialised for every struct: `value` is a tuple of Fields.
template <typename T>
struct Fields;
/// Specialised for every union: `value` is an array of tags.
template <typename T>
struct Tags;

template <typename T>
concept Struct = requires {
  Fields<T>::value;
};
template <typename T>
concept Union = requires {
  Tags<T>::value;
};

template <typename... Names>
constexpr std::array<std::string_view, sizeof...(Names)> tags(Names... names) {
  return {std::string_view(names)...};
}

/// The variant of a union: the union itself, or its one member.
template <typename T>
auto& variant_of(T& value) {
  if constexpr (requires { value.value; })
    return value.value;
  else
    return value;
}

/// Structs of the file that the model holds as types of c10 and std.
struct DeviceFields {
  std::string type;
  std::optional<std::int64_t> index;
};
struct ComplexFields {
  double real;
  double imag;
};

// clang-format off

template <> struct Fields<DeviceFields> { static constexpr auto value = std::tuple{
    required("type", &DeviceFields::type),
    optional("index", &DeviceFields::index)}; };
template <> struct Fields<ComplexFields> { static constexpr auto value = std::tuple{
    required("real", &ComplexFields::real),
    required("imag", &ComplexFields::imag)}; };

// ---- symbolic sizes -------------------------------------------------------

template <> struct Tags<SymExprHint> { static constexpr auto value = tags("as_int", "as_bool", "as_float"); };
template <> struct Tags<SymInt> { static constexpr auto value = tags("as_int", "as_expr"); };
template <> struct Tags<SymFloat> { static constexpr auto value = tags("as_float", "as_expr"); };
template <> struct Tags<SymBool> { static constexpr auto value = tags("as_bool", "as_expr"); };

template <> struct Fields<SymExpr> { static constexpr auto value = std::tuple{
    required("expr_str", &SymExpr::expr_str),
    optional("hint", &SymExpr::hint)}; };

template <> struct Fields<TensorMeta> { static constexpr auto value = std::tuple{
    required("dtype", &TensorMeta::dtype),
    required("sizes", &TensorMeta::sizes),
    required("requires_grad", &TensorMeta::requires_grad),
    required("device", &TensorMeta::device),
    required("strides", &TensorMeta::strides),
    required("storage_offset", &TensorMeta::storage_offset),
    required("layout", &TensorMeta::layout)}; };

// ---- arguments ------------------------------------------------------------

template <> struct Tags<SymIntArgument> { static constexpr auto value = tags("as_name", "as_int"); };
template <> struct Tags<SymFloatArgument> { static constexpr auto value = tags("as_name", "as_float"); };
template <> struct Tags<SymBoolArgument> { static constexpr auto value = tags("as_name", "as_bool"); };
template <> struct Tags<OptionalTensorArgument> { static constexpr auto value = tags("as_none", "as_tensor"); };

/// One tag less than the variant has alternatives: the last is UnknownArgument.
template <> struct Tags<Argument> { static constexpr auto value = tags(
    "as_none", "as_tensor", "as_tensors", "as_int", "as_ints", "as_float", "as_floats",
    "as_string", "as_strings", "as_sym_int", "as_sym_ints", "as_scalar_type", "as_memory_format",
    "as_layout", "as_device", "as_bool", "as_bools", "as_sym_bool", "as_sym_bools", "as_graph",
    "as_optional_tensors", "as_custom_obj", "as_operator", "as_sym_float", "as_sym_floats",
    "as_optional_tensor", "as_complex", "as_nested_tensors", "as_int_lists",
    "as_string_to_argument", "as_float_lists"); };

template <> struct Fields<TensorArgument> { static constexpr auto value = std::tuple{
    required("name", &TensorArgument::name)}; };
template <> struct Fields<TokenArgument> { static constexpr auto value = std::tuple{
    required("name", &TokenArgument::name)}; };
template <> struct Fields<CustomObjArgument> { static constexpr auto value = std::tuple{
    required("name", &CustomObjArgument::name),
    required("class_fqn", &CustomObjArgument::class_fqn)}; };
template <> struct Fields<GraphArgument> { static constexpr auto value = std::tuple{
    required("name", &GraphArgument::name),
    required("graph", &GraphArgument::graph)}; };
template <> struct Fields<NamedArgument> { static constexpr auto value = std::tuple{
    required("name", &NamedArgument::name),
    required("arg", &NamedArgument::arg),
    optional("kind", &NamedArgument::kind)}; };

// ---- graph ----------------------------------------------------------------

template <> struct Fields<Node> { static constexpr auto value = std::tuple{
    required("target", &Node::target),
    required("inputs", &Node::inputs),
    required("outputs", &Node::outputs),
    required("metadata", &Node::metadata),
    optional("is_hop_single_tensor_return", &Node::is_hop_single_tensor_return),
    newer("name", &Node::name)}; };

template <> struct Fields<Graph> { static constexpr auto value = std::tuple{
    required("inputs", &Graph::inputs),
    required("outputs", &Graph::outputs),
    required("nodes", &Graph::nodes),
    required("tensor_values", &Graph::tensor_values),
    required("sym_int_values", &Graph::sym_int_values),
    required("sym_bool_values", &Graph::sym_bool_values),
    optional("is_single_tensor_return", &Graph::is_single_tensor_return),
    optional("custom_obj_values", &Graph::custom_obj_values),
    optional("sym_float_values", &Graph::sym_float_values)}; };

// ---- signature ------------------------------------------------------------

template <> struct Fields<UserInputSpec> { static constexpr auto value = std::tuple{
    required("arg", &UserInputSpec::arg)}; };
template <> struct Fields<InputToParameterSpec> { static constexpr auto value = std::tuple{
    required("arg", &InputToParameterSpec::arg),
    required("parameter_name", &InputToParameterSpec::parameter_name)}; };
template <> struct Fields<InputToBufferSpec> { static constexpr auto value = std::tuple{
    required("arg", &InputToBufferSpec::arg),
    required("buffer_name", &InputToBufferSpec::buffer_name),
    required("persistent", &InputToBufferSpec::persistent)}; };
template <> struct Fields<InputToTensorConstantSpec> { static constexpr auto value = std::tuple{
    required("arg", &InputToTensorConstantSpec::arg),
    required("tensor_constant_name", &InputToTensorConstantSpec::tensor_constant_name)}; };
template <> struct Fields<InputToCustomObjSpec> { static constexpr auto value = std::tuple{
    required("arg", &InputToCustomObjSpec::arg),
    required("custom_obj_name", &InputToCustomObjSpec::custom_obj_name)}; };
template <> struct Fields<InputTokenSpec> { static constexpr auto value = std::tuple{
    required("arg", &InputTokenSpec::arg)}; };
template <> struct Fields<InputToConstantInputSpec> { static constexpr auto value = std::tuple{
    required("name", &InputToConstantInputSpec::name),
    required("value", &InputToConstantInputSpec::value)}; };

template <> struct Tags<ConstantValue> { static constexpr auto value = tags(
    "as_none", "as_int", "as_float", "as_string", "as_bool"); };
template <> struct Tags<InputSpec> { static constexpr auto value = tags(
    "user_input", "parameter", "buffer", "tensor_constant", "custom_obj", "token",
    "constant_input"); };

template <> struct Fields<UserOutputSpec> { static constexpr auto value = std::tuple{
    required("arg", &UserOutputSpec::arg)}; };
template <> struct Fields<LossOutputSpec> { static constexpr auto value = std::tuple{
    required("arg", &LossOutputSpec::arg)}; };
template <> struct Fields<BufferMutationSpec> { static constexpr auto value = std::tuple{
    required("arg", &BufferMutationSpec::arg),
    required("buffer_name", &BufferMutationSpec::buffer_name)}; };
template <> struct Fields<GradientToParameterSpec> { static constexpr auto value = std::tuple{
    required("arg", &GradientToParameterSpec::arg),
    required("parameter_name", &GradientToParameterSpec::parameter_name)}; };
template <> struct Fields<GradientToUserInputSpec> { static constexpr auto value = std::tuple{
    required("arg", &GradientToUserInputSpec::arg),
    required("user_input_name", &GradientToUserInputSpec::user_input_name)}; };
template <> struct Fields<UserInputMutationSpec> { static constexpr auto value = std::tuple{
    required("arg", &UserInputMutationSpec::arg),
    required("user_input_name", &UserInputMutationSpec::user_input_name)}; };
template <> struct Fields<OutputTokenSpec> { static constexpr auto value = std::tuple{
    required("arg", &OutputTokenSpec::arg)}; };
template <> struct Fields<ParameterMutationSpec> { static constexpr auto value = std::tuple{
    required("arg", &ParameterMutationSpec::arg),
    required("parameter_name", &ParameterMutationSpec::parameter_name)}; };

template <> struct Tags<OutputSpec> { static constexpr auto value = tags(
    "user_output", "loss_output", "buffer_mutation", "gradient_to_parameter",
    "gradient_to_user_input", "user_input_mutation", "token", "parameter_mutation"); };

template <> struct Fields<GraphSignature> { static constexpr auto value = std::tuple{
    required("input_specs", &GraphSignature::input_specs),
    required("output_specs", &GraphSignature::output_specs)}; };

// ---- module ---------------------------------------------------------------

template <> struct Fields<ModuleCallSignature> { static constexpr auto value = std::tuple{
    required("inputs", &ModuleCallSignature::inputs),
    required("outputs", &ModuleCallSignature::outputs),
    required("in_spec", &ModuleCallSignature::in_spec),
    required("out_spec", &ModuleCallSignature::out_spec),
    optional("forward_arg_names", &ModuleCallSignature::forward_arg_names)}; };
template <> struct Fields<ModuleCallEntry> { static constexpr auto value = std::tuple{
    required("fqn", &ModuleCallEntry::fqn),
    optional("signature", &ModuleCallEntry::signature)}; };
template <> struct Fields<NamedTupleDef> { static constexpr auto value = std::tuple{
    required("field_names", &NamedTupleDef::field_names)}; };
template <> struct Fields<GraphModule> { static constexpr auto value = std::tuple{
    required("graph", &GraphModule::graph),
    required("signature", &GraphModule::signature),
    required("module_call_graph", &GraphModule::module_call_graph),
    optional("metadata", &GraphModule::metadata),
    optional("treespec_namedtuple_fields", &GraphModule::treespec_namedtuple_fields)}; };
template <> struct Fields<RangeConstraint> { static constexpr auto value = std::tuple{
    required("min_val", &RangeConstraint::min_val),
    required("max_val", &RangeConstraint::max_val)}; };
template <> struct Fields<SchemaVersion> { static constexpr auto value = std::tuple{
    required("major", &SchemaVersion::major),
    required("minor", &SchemaVersion::minor)}; };

template <> struct Fields<ExportedProgram> { static constexpr auto value = std::tuple{
    required("graph_module", &ExportedProgram::graph_module),
    required("opset_version", &ExportedProgram::opset_version),
    required("range_constraints", &ExportedProgram::range_constraints),
    required("schema_version", &ExportedProgram::schema_version),
    optional("verifiers", &ExportedProgram::verifiers),
    optional("torch_version", &ExportedProgram::torch_version),
    optional("guards_code", &ExportedProgram::guards_code)}; };

// ---- payloads -------------------------------------------------------------

template <> struct Fields<PayloadMeta> { static constexpr auto value = std::tuple{
    required("path_name", &PayloadMeta::path_name),
    required("is_param", &PayloadMeta::is_param),
    required("use_pickle", &PayloadMeta::use_pickle),
    required("tensor_meta", &PayloadMeta::tensor_meta)}; };
template <> struct Fields<PayloadConfig> { static constexpr auto value = std::tuple{
    required("config", &PayloadConfig::config)}; };

// clang-format on

}  // namespace roundtrip::schema
