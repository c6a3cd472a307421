#include "export/api/program_part.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "export/program/graph_values.h"
#include "export/program/state_inputs.h"

namespace roundtrip {

namespace {

using Names = std::vector<std::string>;

struct Boundary {
  Names taken;  ///< values that come from outside of the part, in the order of their use
  Names given;  ///< tensors that none of the nodes uses
  bool has_others = false;  ///< values that are no tensors come from outside
};

Boundary boundary_of(const Graph& graph, const std::vector<std::size_t>& nodes) {
  Boundary boundary;
  std::unordered_set<std::string> defined, used;
  const auto use = [&](const std::string& name, ValueKind kind) {
    if (!used.insert(name).second || defined.count(name) > 0) return;
    boundary.taken.push_back(name);
    boundary.has_others |= kind != ValueKind::tensor;
  };
  for (const std::size_t place : nodes) {
    for (const auto& input : graph.nodes[place].inputs) visit_values(input.arg, use);
    for (const auto& output : graph.nodes[place].outputs) {
      visit_values(output, [&](const std::string& name, ValueKind) { defined.insert(name); });
    }
  }
  for (const std::size_t place : nodes) {
    for (const auto& output : graph.nodes[place].outputs) {
      visit_values(output, [&](const std::string& name, ValueKind kind) {
        const bool is_given = kind == ValueKind::tensor && used.count(name) == 0;
        if (is_given) boundary.given.push_back(name);
      });
    }
  }
  return boundary;
}

/// Gives the program these tensors as its outputs, and no others.
void set_outputs(Program& program, const Names& names, std::size_t inputs, const TreeSpec& in_spec,
                 const Names& input_names) {
  auto& module = program.graph_module;
  module.graph.outputs.clear();
  module.signature.output_specs.clear();
  Values leaves(names.size());
  for (const auto& name : names) {
    module.graph.outputs.push_back(TensorArgument{name});
    module.signature.output_specs.push_back(UserOutputSpec{TensorArgument{name}});
  }
  TreeSpec out_spec;
  tree_flatten(Value::tuple(std::move(leaves)), &out_spec);
  ModuleCallSignature signature;
  for (std::size_t i = 0; i < inputs; ++i) {
    signature.inputs.push_back(TensorArgument{input_names[i]});
  }
  signature.outputs = module.graph.outputs;
  signature.in_spec = treespec_dumps(in_spec);
  signature.out_spec = treespec_dumps(out_spec);
  signature.forward_arg_names = input_names;
  module.module_call_graph = {{"", std::move(signature)}};
}

/// What the program calculates for these of its values, on its example inputs.
std::unordered_map<std::string, Value> calculated(const ExportedProgram& program,
                                                  const Names& names) {
  std::unordered_map<std::string, Value> values;
  if (names.empty()) return values;
  const auto inputs = program.example_inputs();
  if (!inputs) throw InputError("the program has no example inputs, of which it could be reduced");
  Program wanted = program.program();
  auto& module = wanted.graph_module;
  const auto signature = module.module_call_graph.at(0).signature;
  set_outputs(wanted, names, 0, {}, {});
  auto& root = *module.module_call_graph[0].signature;
  root.inputs = signature->inputs;
  root.in_spec = signature->in_spec;
  root.forward_arg_names = signature->forward_arg_names;
  const Value outputs = ExportedProgram(std::move(wanted)).run(inputs->args, inputs->kwargs);
  for (std::size_t i = 0; i < names.size(); ++i) values.emplace(names[i], outputs[i]);
  return values;
}

/// Keeps what the values in `names` have in the table.
template <typename Table>
void keep_only(Table& table, const std::unordered_set<std::string>& names) {
  Table kept;
  for (auto& entry : table) {
    if (names.count(entry.key()) > 0) kept.insert(entry.key(), std::move(entry.value()));
  }
  table = std::move(kept);
}

std::unordered_set<std::string> values_of(const Graph& graph) {
  std::unordered_set<std::string> names;
  const auto add = [&](const std::string& name, ValueKind) { names.insert(name); };
  for (const auto& input : graph.inputs) visit_values(input, add);
  for (const auto& node : graph.nodes) {
    for (const auto& output : node.outputs) visit_values(output, add);
  }
  return names;
}

}  // namespace

std::optional<ExportedProgram> program_part(const ExportedProgram& program,
                                            const std::vector<std::size_t>& nodes) {
  const Graph& whole = program.program().graph_module.graph;
  const Boundary boundary = boundary_of(whole, nodes);
  if (boundary.given.empty() || boundary.has_others) return std::nullopt;

  Program part = program.program();
  auto& module = part.graph_module;
  const auto specs = std::exchange(module.signature.input_specs, {});
  const auto inputs = std::exchange(module.graph.inputs, {});
  std::unordered_set<std::string> taken(boundary.taken.begin(), boundary.taken.end());
  std::unordered_set<std::string> kept_state;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto state = state_of(specs[i]);
    if (!state || taken.erase(state->input) == 0) continue;
    kept_state.insert(state->target);
    module.signature.input_specs.push_back(specs[i]);
    module.graph.inputs.push_back(inputs[i]);
  }
  keep_only(part.weights, kept_state);
  keep_only(part.constants, kept_state);

  Names user_inputs;
  for (const auto& name : boundary.taken) {
    if (taken.count(name) == 0) continue;
    user_inputs.push_back(name);
    module.signature.input_specs.push_back(UserInputSpec{TensorArgument{name}});
    module.graph.inputs.push_back(TensorArgument{name});
  }
  module.graph.nodes.clear();
  for (const std::size_t place : nodes) module.graph.nodes.push_back(whole.nodes[place]);
  const auto known = values_of(module.graph);
  keep_only(module.graph.tensor_values, known);
  keep_only(module.graph.sym_int_values, known);
  keep_only(module.graph.sym_float_values, known);
  keep_only(module.graph.sym_bool_values, known);
  keep_only(module.graph.custom_obj_values, known);

  const auto values = calculated(program, user_inputs);
  ExampleInputs examples;
  for (const auto& name : user_inputs) examples.args.push_back(values.at(name));
  TreeSpec in_spec;
  tree_flatten(Value::tuple({Value::tuple(examples.args), Value::dict({})}), &in_spec);
  set_outputs(part, boundary.given, user_inputs.size(), in_spec, user_inputs);
  part.guards_code.clear();  // of inputs that are no longer there
  part.extra_files.clear();
  ExportedProgram result(std::move(part));
  result.set_example_inputs(examples);
  return result;
}

}  // namespace roundtrip
