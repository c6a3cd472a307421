#include "tests/export/support/program_builder.h"

#include <roundtrip/pytree.h>

namespace roundtrip::testing {

Argument tensor(const std::string& name) {
  return {TensorArgument{name}};
}

Argument tensors(const std::vector<std::string>& names) {
  std::vector<TensorArgument> items;
  for (const auto& name : names) items.push_back({name});
  return {items};
}

Argument sym_int(const std::string& name) {
  return {SymIntArgument{name}};
}
Argument sym_bool(const std::string& name) {
  return {SymBoolArgument{name}};
}
Argument graph(const std::string& name, Graph graph) {
  return {GraphArgument{name, Box<Graph>(std::move(graph))}};
}

SymInt symbol(const std::string& name) {
  return expression("Symbol('" + name + "', positive=True, integer=True)");
}

SymInt expression(const std::string& srepr) {
  return SymExpr{srepr, std::nullopt};
}

Node node(const std::string& target, std::vector<NamedArgument> inputs,
          std::vector<Argument> outputs, const std::string& name) {
  Node node;
  node.target = target;
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  node.name = name;
  auto* first = node.outputs.empty() ? nullptr : node.outputs[0].get<TensorArgument>();
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

void ProgramBuilder::add_input(InputSpec spec, Argument argument) {
  program.graph_module.signature.input_specs.push_back(std::move(spec));
  program.graph_module.graph.inputs.push_back(std::move(argument));
}

ProgramBuilder& ProgramBuilder::input(const std::string& name, std::vector<SymInt> sizes) {
  add_input(UserInputSpec{tensor(name)}, tensor(name));
  TensorMeta meta;
  meta.sizes = std::move(sizes);
  program.graph_module.graph.tensor_values.insert(name, std::move(meta));
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::sym_int_input(const std::string& name, const std::string& symbol) {
  add_input(UserInputSpec{sym_int(name)}, sym_int(name));
  program.graph_module.graph.sym_int_values.insert(name, testing::symbol(symbol));
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::constant_input(const std::string& name, ConstantValue value) {
  add_input(InputToConstantInputSpec{name, std::move(value)}, {NoneArgument{}});
  user_inputs_.push_back(name);
  return *this;
}

ProgramBuilder& ProgramBuilder::parameter(const std::string& name, at::Tensor value) {
  add_input(InputToParameterSpec{{"p_" + name}, name}, tensor("p_" + name));
  program.weights.insert(name, Payload{std::move(value), true, "", std::nullopt});
  return *this;
}

ProgramBuilder& ProgramBuilder::buffer(const std::string& name, at::Tensor value) {
  add_input(InputToBufferSpec{{"b_" + name}, name, true}, tensor("b_" + name));
  program.weights.insert(name, Payload{std::move(value), false, "", std::nullopt});
  return *this;
}

ProgramBuilder& ProgramBuilder::add(Node node) {
  program.graph_module.graph.nodes.push_back(std::move(node));
  return *this;
}

ProgramBuilder& ProgramBuilder::output(Argument argument) {
  UserOutputSpec spec{argument};
  ++num_user_outputs_;
  return output(std::move(spec), std::move(argument));
}

ProgramBuilder& ProgramBuilder::output(OutputSpec spec, Argument argument) {
  program.graph_module.signature.output_specs.push_back(std::move(spec));
  program.graph_module.graph.outputs.push_back(std::move(argument));
  return *this;
}

Program ProgramBuilder::build() {
  ModuleCallSignature signature;
  TreeSpec kwargs;
  tree_flatten(Value::dict({}), &kwargs);
  auto inputs = tuple_of(2);
  inputs.children = {tuple_of(user_inputs_.size()), kwargs};
  signature.in_spec = treespec_dumps(inputs);
  signature.out_spec = treespec_dumps(tuple_of(num_user_outputs_));
  signature.forward_arg_names = user_inputs_;
  program.graph_module.module_call_graph = {{"", std::move(signature)}};
  return std::move(program);
}

}  // namespace roundtrip::testing
