#include "tests/export/support/program_builder.h"

#include <roundtrip/pytree.h>

namespace roundtrip::testing {

schema::Argument tensor(const std::string& name) {
  return {schema::TensorArgument{name}};
}

schema::Argument tensors(const std::vector<std::string>& names) {
  std::vector<schema::TensorArgument> items;
  for (const auto& name : names) items.push_back({name});
  return {items};
}

schema::Argument sym_int(const std::string& name) {
  return {schema::SymIntArgument{name}};
}
schema::Argument sym_bool(const std::string& name) {
  return {schema::SymBoolArgument{name}};
}
schema::Argument graph(const std::string& name, schema::Graph graph) {
  return {schema::GraphArgument{name, Box<schema::Graph>(std::move(graph))}};
}

SymInt symbol(const std::string& name) {
  return expression("Symbol('" + name + "', positive=True, integer=True)");
}

SymInt expression(const std::string& srepr) {
  return SymExpr{srepr, std::nullopt};
}

schema::Node node(const std::string& target, std::vector<schema::NamedArgument> inputs,
                  std::vector<schema::Argument> outputs, const std::string& name) {
  schema::Node node;
  node.target = target;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  node.name = name;
  auto* first = node.outputs.empty() ? nullptr : node.outputs[0].get<schema::TensorArgument>();
  if (name.empty() && first) node.name = first->name;
  return node;
}

namespace {

TreeSpec tuple_of(std::size_t count) {
  Values leaves(count);
  TreeSpec spec;
  tree_flatten(Value::tuple(std::move(leaves)), &spec);
  return spec;
}

}  // namespace

void ProgramBuilder::add_input(schema::InputSpec spec, schema::Argument argument) {
  graph_module.signature.input_specs.push_back(std::move(spec));
  graph_module.graph.inputs.push_back(std::move(argument));
}

ProgramBuilder& ProgramBuilder::input(const std::string& name, std::vector<SymInt> sizes,
                                      c10::ScalarType dtype) {
  add_input(schema::UserInputSpec{tensor(name)}, tensor(name));
  TensorMeta meta;
  meta.dtype = dtype;
  meta.sizes = std::move(sizes);
  graph_module.graph.tensor_values.insert(name, std::move(meta));
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::sym_int_input(const std::string& name, const std::string& symbol) {
  add_input(schema::UserInputSpec{sym_int(name)}, sym_int(name));
  graph_module.graph.sym_int_values.insert(name, testing::symbol(symbol));
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::constant_input(const std::string& name,
                                               schema::ConstantValue value) {
  add_input(schema::InputToConstantInputSpec{name, std::move(value)}, {NoneArgument{}});
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::parameter(const std::string& name, at::Tensor value) {
  add_input(schema::InputToParameterSpec{{"p_" + name}, name}, tensor("p_" + name));
  program.weights.insert(name, Payload{std::move(value), true, "", std::nullopt});
  return *this;
}

ProgramBuilder& ProgramBuilder::buffer(const std::string& name, at::Tensor value) {
  add_input(schema::InputToBufferSpec{{"b_" + name}, name, true}, tensor("b_" + name));
  program.weights.insert(name, Payload{std::move(value), false, "", std::nullopt});
  return *this;
}

ProgramBuilder& ProgramBuilder::add(schema::Node node) {
  graph_module.graph.nodes.push_back(std::move(node));
  return *this;
}

ProgramBuilder& ProgramBuilder::output(schema::Argument argument) {
  schema::UserOutputSpec spec{argument};
  ++num_user_outputs_;
  return output(std::move(spec), std::move(argument));
}

ProgramBuilder& ProgramBuilder::output(schema::OutputSpec spec, schema::Argument argument) {
  graph_module.signature.output_specs.push_back(std::move(spec));
  graph_module.graph.outputs.push_back(std::move(argument));
  return *this;
}

Program ProgramBuilder::build() const {
  schema::ModuleCallSignature signature;
  TreeSpec kwargs;
  tree_flatten(Value::dict({}), &kwargs);
  auto inputs = tuple_of(2);
  inputs.children = {tuple_of(user_inputs_.size()), kwargs};
  signature.in_spec = treespec_dumps(inputs);
  signature.out_spec = treespec_dumps(tuple_of(num_user_outputs_));
  signature.forward_arg_names = user_inputs_;
  schema::GraphModule module = graph_module;
  module.module_call_graph.insert(module.module_call_graph.begin(), {"", std::move(signature)});
  Program built = program;
  built.graph_module = schema::from_schema(module);
  return built;
}

}  // namespace roundtrip::testing
