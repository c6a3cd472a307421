#include <roundtrip/error.h>

#include <type_traits>

#include "export/archive/schema.h"

namespace roundtrip::schema {
namespace {

namespace memory = roundtrip;

/// Makes arguments of a file ones of a graph: names become the graph's values.
class ArgumentReader {
 public:
  explicit ArgumentReader(memory::Graph& graph) : graph_(graph) {}

  memory::Argument operator()(const Argument& argument) const {
    return std::visit(
        [this](const auto& alternative) { return memory::Argument(read(alternative)); },
        argument.value);
  }

  memory::TensorArgument read(const TensorArgument& tensor) const { return {value(tensor.name)}; }
  memory::SymIntArgument read(const SymIntArgument& number) const {
    return {read_number(number.value)};
  }
  memory::SymFloatArgument read(const SymFloatArgument& number) const {
    return {read_number(number.value)};
  }
  memory::SymBoolArgument read(const SymBoolArgument& number) const {
    return {read_number(number.value)};
  }
  memory::OptionalTensorArgument read(const OptionalTensorArgument& tensor) const {
    if (const auto* given = std::get_if<TensorArgument>(&tensor)) return read(*given);
    return NoneArgument{};
  }
  memory::CustomObjArgument read(const CustomObjArgument& object) const {
    return {value(object.name), object.class_fqn};
  }
  memory::GraphArgument read(const GraphArgument& graph) const {
    return {graph.name, Box<memory::Graph>(from_schema(*graph.graph))};
  }
  memory::ArgumentDict read(const ArgumentDict& dict) const {
    memory::ArgumentDict read;
    for (const auto& [key, value] : dict.entries) read.entries.push_back({key, (*this)(value)});
    return read;
  }
  /// Lists of what names values; other lists are what they are.
  template <typename T>
  auto read(const std::vector<T>& items) const {
    if constexpr (std::is_same_v<T, bool>) {
      return items;
    } else {
      std::vector<std::decay_t<decltype(read(items[0]))>> list;
      list.reserve(items.size());
      for (const T& item : items) list.push_back(read(item));
      return list;
    }
  }
  template <typename T>
  const T& read(const T& constant) const {
    return constant;
  }

  std::vector<memory::Argument> operator()(const std::vector<Argument>& arguments) const {
    std::vector<memory::Argument> list;
    list.reserve(arguments.size());
    for (const Argument& argument : arguments) list.push_back((*this)(argument));
    return list;
  }

  GraphValue* value(const std::string& name) const { return &graph_.find_or_add(name); }

 private:
  template <typename Number>
  std::variant<GraphValue*, Number> read_number(
      const std::variant<std::string, Number>& number) const {
    if (const auto* plain = std::get_if<Number>(&number)) return *plain;
    return value(std::get<std::string>(number));
  }

  memory::Graph& graph_;
};

template <typename Table>
void add_values(memory::Graph& graph, const Table& table) {
  for (const auto& entry : table) {
    if constexpr (std::is_same_v<std::decay_t<decltype(entry.value())>, CustomObjArgument>) {
      graph.add_value(entry.key(), CustomObjType{entry.value().class_fqn});
    } else {
      graph.add_value(entry.key(), entry.value());
    }
  }
}

/// What a spec of the file is in the graph; one overload for each of its kinds.
struct SpecReader {
  const ArgumentReader& read;

  memory::InputSpec operator()(const UserInputSpec& spec) const {
    return {InputKind::user_input, read(spec.arg), ""};
  }
  memory::InputSpec operator()(const InputToParameterSpec& spec) const {
    return {InputKind::parameter, read.read(spec.arg), spec.parameter_name};
  }
  memory::InputSpec operator()(const InputToBufferSpec& spec) const {
    return {InputKind::buffer, read.read(spec.arg), spec.buffer_name, spec.persistent};
  }
  memory::InputSpec operator()(const InputToTensorConstantSpec& spec) const {
    return {InputKind::tensor_constant, read.read(spec.arg), spec.tensor_constant_name};
  }
  memory::InputSpec operator()(const InputToCustomObjSpec& spec) const {
    return {InputKind::custom_obj, read.read(spec.arg), spec.custom_obj_name};
  }
  memory::InputSpec operator()(const InputTokenSpec& spec) const {
    return {InputKind::token, {}, spec.arg.name};
  }
  memory::InputSpec operator()(const InputToConstantInputSpec& spec) const {
    const auto constant = [](const auto& value) { return memory::Argument(value); };
    return {InputKind::constant_input, std::visit(constant, spec.value), spec.name};
  }

  memory::OutputSpec operator()(const UserOutputSpec& spec) const {
    return {OutputKind::user_output, read(spec.arg), ""};
  }
  memory::OutputSpec operator()(const LossOutputSpec& spec) const {
    return {OutputKind::loss_output, read.read(spec.arg), ""};
  }
  memory::OutputSpec operator()(const BufferMutationSpec& spec) const {
    return {OutputKind::buffer_mutation, read.read(spec.arg), spec.buffer_name};
  }
  memory::OutputSpec operator()(const GradientToParameterSpec& spec) const {
    return {OutputKind::gradient_to_parameter, read.read(spec.arg), spec.parameter_name};
  }
  memory::OutputSpec operator()(const GradientToUserInputSpec& spec) const {
    return {OutputKind::gradient_to_user_input, read.read(spec.arg), "",
            read.value(spec.user_input_name)};
  }
  memory::OutputSpec operator()(const UserInputMutationSpec& spec) const {
    return {OutputKind::user_input_mutation, read.read(spec.arg), "",
            read.value(spec.user_input_name)};
  }
  memory::OutputSpec operator()(const OutputTokenSpec& spec) const {
    return {OutputKind::token, {}, spec.arg.name};
  }
  memory::OutputSpec operator()(const ParameterMutationSpec& spec) const {
    return {OutputKind::parameter_mutation, read.read(spec.arg), spec.parameter_name};
  }
};

memory::ModuleCallEntry read_call(const ModuleCallEntry& call, const ArgumentReader& read) {
  memory::ModuleCallEntry entry{call.fqn, std::nullopt};
  if (!call.signature) return entry;
  entry.signature = memory::ModuleCallSignature{
      read(call.signature->inputs), read(call.signature->outputs), call.signature->in_spec,
      call.signature->out_spec, call.signature->forward_arg_names};
  return entry;
}

NodeFields read_node(const Node& node, const ArgumentReader& read) {
  NodeFields fields{
      node.target, {}, read(node.outputs), node.metadata, node.is_hop_single_tensor_return,
      node.name};
  fields.inputs.reserve(node.inputs.size());
  for (const NamedArgument& input : node.inputs) {
    fields.inputs.push_back({input.name, read(input.arg), input.kind});
  }
  return fields;
}

}  // namespace

memory::Argument from_schema(const Argument& argument, memory::Graph& graph) {
  return ArgumentReader(graph)(argument);
}

memory::Graph from_schema(const Graph& graph) {
  memory::Graph made;
  add_values(made, graph.tensor_values);
  add_values(made, graph.sym_int_values);
  add_values(made, graph.sym_float_values);
  add_values(made, graph.sym_bool_values);
  add_values(made, graph.custom_obj_values);
  const ArgumentReader read(made);
  made.set_inputs(read(graph.inputs));
  for (const Node& node : graph.nodes) made.append(read_node(node, read));
  made.set_outputs(read(graph.outputs));
  made.is_single_tensor_return = graph.is_single_tensor_return;
  return made;
}

memory::GraphModule from_schema(const GraphModule& module) {
  memory::GraphModule made;
  made.graph = from_schema(module.graph);
  const ArgumentReader read(made.graph);
  for (const auto& spec : module.signature.input_specs) {
    made.signature.input_specs.push_back(std::visit(SpecReader{read}, spec));
  }
  for (const auto& spec : module.signature.output_specs) {
    made.signature.output_specs.push_back(std::visit(SpecReader{read}, spec));
  }
  for (const auto& call : module.module_call_graph) {
    made.module_call_graph.push_back(read_call(call, read));
  }
  made.metadata = module.metadata;
  made.treespec_namedtuple_fields = module.treespec_namedtuple_fields;
  return made;
}

}  // namespace roundtrip::schema
