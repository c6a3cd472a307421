#include <roundtrip/error.h>

#include <type_traits>

#include "export/archive/schema.h"

namespace roundtrip::schema {
namespace {

namespace memory = roundtrip;

/// Makes arguments of a graph ones of a file, where values go by name.
struct ArgumentWriter {
  /// What values are called, if not by their names.
  const ValueNames* names = nullptr;

  Argument operator()(const memory::Argument& argument) const {
    return std::visit([this](const auto& alternative) { return Argument(write(alternative)); },
                      argument.value);
  }

  TensorArgument write(const memory::TensorArgument& tensor) const {
    return {name_of(*tensor.value)};
  }
  SymIntArgument write(const memory::SymIntArgument& number) const {
    return {write_number(number.value)};
  }
  SymFloatArgument write(const memory::SymFloatArgument& number) const {
    return {write_number(number.value)};
  }
  SymBoolArgument write(const memory::SymBoolArgument& number) const {
    return {write_number(number.value)};
  }
  OptionalTensorArgument write(const memory::OptionalTensorArgument& tensor) const {
    if (const auto* given = std::get_if<memory::TensorArgument>(&tensor)) return write(*given);
    return NoneArgument{};
  }
  CustomObjArgument write(const memory::CustomObjArgument& object) const {
    return {name_of(*object.value), object.class_fqn};
  }
  GraphArgument write(const memory::GraphArgument& graph) const {
    return {graph.name, Box<Graph>(to_schema(*graph.graph))};
  }
  ArgumentDict write(const memory::ArgumentDict& dict) const {
    ArgumentDict written;
    for (const auto& [key, value] : dict.entries) written.entries.push_back({key, (*this)(value)});
    return written;
  }
  template <typename T>
  auto write(const std::vector<T>& items) const {
    if constexpr (std::is_same_v<T, bool>) {
      return items;
    } else {
      std::vector<std::decay_t<decltype(write(items[0]))>> list;
      list.reserve(items.size());
      for (const T& item : items) list.push_back(write(item));
      return list;
    }
  }
  template <typename T>
  const T& write(const T& constant) const {
    return constant;
  }

  std::vector<Argument> operator()(const std::vector<memory::Argument>& arguments) const {
    std::vector<Argument> list;
    list.reserve(arguments.size());
    for (const memory::Argument& argument : arguments) list.push_back((*this)(argument));
    return list;
  }

 private:
  std::string name_of(const GraphValue& value) const {
    return names == nullptr ? value.name() : (*names)(value);
  }
  template <typename Number>
  std::variant<std::string, Number> write_number(
      const std::variant<GraphValue*, Number>& number) const {
    if (const auto* plain = std::get_if<Number>(&number)) return *plain;
    return name_of(*std::get<GraphValue*>(number));
  }
};

constexpr ArgumentWriter kWrite;

/// Enters values into the tables of the file, each once.
struct TableWriter {
  Graph& graph;
  const std::string& name;

  void operator()(const TensorMeta& meta) const { graph.tensor_values.insert(name, meta); }
  void operator()(const SymInt& number) const { graph.sym_int_values.insert(name, number); }
  void operator()(const SymFloat& number) const { graph.sym_float_values.insert(name, number); }
  void operator()(const SymBool& number) const { graph.sym_bool_values.insert(name, number); }
  void operator()(const CustomObjType& object) const {
    graph.custom_obj_values.insert(name, CustomObjArgument{name, object.class_fqn});
  }
  void operator()(std::monostate) const {}
};

void enter(Graph& graph, const GraphValue& value) {
  std::visit(TableWriter{graph, value.name()}, value.type());
}

/// Those that nothing defines come last.
void enter_values(Graph& written, const memory::Graph& graph) {
  const auto enter_value = [&](const GraphValue& value) { enter(written, value); };
  for (const memory::Argument& input : graph.inputs()) for_each_value(input, enter_value);
  for (const memory::Node& node : graph.nodes()) {
    for (const memory::Argument& output : node.outputs()) for_each_value(output, enter_value);
  }
  for (const GraphValue* value : graph.values()) {
    if (!value->is_defined()) enter(written, *value);
  }
}

TensorArgument tensor_of(const memory::Argument& argument) {
  return {argument.as_value()->name()};
}

ConstantValue constant_of(const memory::Argument& argument) {
  const auto constant = [](const auto& value) -> ConstantValue {
    if constexpr (std::is_constructible_v<ConstantValue, decltype(value)>) {
      return value;
    } else {
      throw ProgramError("a constant input is no number, text or None");
    }
  };
  return std::visit(constant, argument.value);
}

InputSpec write_spec(const memory::InputSpec& spec) {
  switch (spec.kind) {
    case InputKind::parameter:
      return InputToParameterSpec{tensor_of(spec.arg), spec.target};
    case InputKind::buffer:
      return InputToBufferSpec{tensor_of(spec.arg), spec.target, spec.persistent};
    case InputKind::tensor_constant:
      return InputToTensorConstantSpec{tensor_of(spec.arg), spec.target};
    case InputKind::custom_obj:
      return InputToCustomObjSpec{kWrite.write(*spec.arg.get<memory::CustomObjArgument>()),
                                  spec.target};
    case InputKind::token:
      return InputTokenSpec{{spec.target}};
    case InputKind::constant_input:
      return InputToConstantInputSpec{spec.target, constant_of(spec.arg)};
    default:
      return UserInputSpec{kWrite(spec.arg)};
  }
}

OutputSpec write_spec(const memory::OutputSpec& spec) {
  switch (spec.kind) {
    case OutputKind::loss_output:
      return LossOutputSpec{tensor_of(spec.arg)};
    case OutputKind::buffer_mutation:
      return BufferMutationSpec{tensor_of(spec.arg), spec.target};
    case OutputKind::gradient_to_parameter:
      return GradientToParameterSpec{tensor_of(spec.arg), spec.target};
    case OutputKind::gradient_to_user_input:
      return GradientToUserInputSpec{tensor_of(spec.arg), spec.input->name()};
    case OutputKind::user_input_mutation:
      return UserInputMutationSpec{tensor_of(spec.arg), spec.input->name()};
    case OutputKind::token:
      return OutputTokenSpec{{spec.target}};
    case OutputKind::parameter_mutation:
      return ParameterMutationSpec{tensor_of(spec.arg), spec.target};
    default:
      return UserOutputSpec{kWrite(spec.arg)};
  }
}

ModuleCallEntry write_call(const memory::ModuleCallEntry& call) {
  ModuleCallEntry entry{call.fqn, std::nullopt};
  if (!call.signature) return entry;
  entry.signature = ModuleCallSignature{
      kWrite(call.signature->inputs), kWrite(call.signature->outputs), call.signature->in_spec,
      call.signature->out_spec, call.signature->forward_arg_names};
  return entry;
}

Node write_node(const memory::Node& node) {
  Node written{node.target(),
               {},
               kWrite(node.outputs()),
               node.metadata(),
               node.is_hop_single_tensor_return(),
               node.name()};
  written.inputs.reserve(node.inputs().size());
  for (const memory::NamedArgument& input : node.inputs()) {
    written.inputs.push_back({input.name, kWrite(input.arg), input.kind});
  }
  return written;
}

}  // namespace

Argument to_schema(const memory::Argument& argument, const ValueNames& names) {
  return ArgumentWriter{&names}(argument);
}

Graph to_schema(const memory::Graph& graph) {
  Graph written;
  written.inputs = kWrite(graph.inputs());
  written.outputs = kWrite(graph.outputs());
  written.nodes.reserve(graph.num_nodes());
  for (const memory::Node& node : graph.nodes()) written.nodes.push_back(write_node(node));
  enter_values(written, graph);
  written.is_single_tensor_return = graph.is_single_tensor_return;
  return written;
}

GraphModule to_schema(const memory::GraphModule& module) {
  GraphModule written;
  written.graph = to_schema(module.graph);
  for (const memory::InputSpec& spec : module.signature.input_specs) {
    written.signature.input_specs.push_back(write_spec(spec));
  }
  for (const memory::OutputSpec& spec : module.signature.output_specs) {
    written.signature.output_specs.push_back(write_spec(spec));
  }
  for (const memory::ModuleCallEntry& call : module.module_call_graph) {
    written.module_call_graph.push_back(write_call(call));
  }
  written.metadata = module.metadata;
  written.treespec_namedtuple_fields = module.treespec_namedtuple_fields;
  return written;
}

}  // namespace roundtrip::schema
