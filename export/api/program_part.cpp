#include "export/api/program_part.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace roundtrip {

namespace {

using GraphValues = std::vector<GraphValue*>;
using Nodes = std::vector<Node*>;

struct Boundary {
  GraphValues taken;  ///< values that come from outside of the part, in the order of their use
  GraphValues given;  ///< tensors that none of the nodes uses
  bool has_others = false;  ///< values that are no tensors come from outside
};

Boundary boundary_of(const Nodes& nodes) {
  const std::unordered_set<const Node*> inside(nodes.begin(), nodes.end());
  const auto is_inside = [&](const Node* node) { return inside.count(node) > 0; };
  Boundary boundary;
  std::unordered_set<const GraphValue*> known;
  for (const Node* node : nodes) {
    for (GraphValue* value : node->operands()) {
      if (is_inside(value->producer()) || !known.insert(value).second) continue;
      boundary.taken.push_back(value);
      boundary.has_others |= value->kind() != ValueKind::tensor;
    }
    for (GraphValue* value : node->results()) {
      const Nodes users = value->users();
      const bool is_given =
          value->kind() == ValueKind::tensor && std::none_of(users.begin(), users.end(), is_inside);
      if (is_given) boundary.given.push_back(value);
    }
  }
  return boundary;
}

/// Gives the module these tensors as its outputs, and no others.
void set_outputs(GraphModule& module, const GraphValues& values) {
  std::vector<Argument> outputs;
  module.signature.output_specs.clear();
  for (GraphValue* value : values) {
    outputs.emplace_back(*value);
    module.signature.output_specs.push_back({OutputKind::user_output, *value, ""});
  }
  ModuleCallSignature& root = *module.module_call_graph.at(0).signature;
  TreeSpec out_spec;
  tree_flatten(Value::tuple(Values(values.size())), &out_spec);
  root.outputs = outputs;
  root.out_spec = treespec_dumps(out_spec);
  module.graph.set_outputs(std::move(outputs));
}

/// Has the module take these values, one positional argument each, in the place of those it took.
void set_user_inputs(GraphModule& module, const GraphValues& values, const Values& examples) {
  TreeSpec in_spec;
  tree_flatten(Value::tuple({Value::tuple(examples), Value::dict({})}), &in_spec);
  ModuleCallSignature root;
  root.in_spec = treespec_dumps(in_spec);
  root.forward_arg_names.emplace();
  for (GraphValue* value : values) {
    module.signature.input_specs.push_back({InputKind::user_input, *value, ""});
    module.graph.add_input(*value);
    root.inputs.emplace_back(*value);
    root.forward_arg_names->push_back(value->name());
  }
  module.module_call_graph = {{"", std::move(root)}};
}

/// What the program calculates for these of its values, on its example inputs.
Values calculated(const ExportedProgram& program, const GraphValues& values) {
  if (values.empty()) return {};
  const auto inputs = program.example_inputs();
  if (!inputs) throw InputError("the program has no example inputs, of which it could be reduced");
  Program wanted = program.program();
  GraphModule& module = wanted.graph_module;
  GraphValues own;
  for (const GraphValue* value : values) own.push_back(module.graph.find(value->name()));
  module.module_call_graph.resize(1);
  set_outputs(module, own);
  const Value outputs = ExportedProgram(std::move(wanted)).run(inputs->args, inputs->kwargs);
  return outputs.container().items;
}

/// Erases all other nodes; what the kept ones take of them is left without a definition.
void keep_only(Graph& graph, const Nodes& nodes) {
  const std::unordered_set<const Node*> kept(nodes.begin(), nodes.end());
  Nodes left_out;
  for (Node& node : graph.nodes()) {
    if (kept.count(&node) == 0) left_out.push_back(&node);
  }
  for (auto node = left_out.rbegin(); node != left_out.rend(); ++node) {
    (*node)->set_outputs({});
    graph.erase(**node);
  }
}

/// Keeps what the program has under these names.
void keep_only(OrderedMap<Payload>& payloads, const std::unordered_set<std::string>& names) {
  OrderedMap<Payload> kept;
  for (auto& entry : payloads) {
    if (names.count(entry.key()) > 0) kept.insert(entry.key(), std::move(entry.value()));
  }
  payloads = std::move(kept);
}

/// Of the inputs only state that is among `taken`, from which it is removed.
void keep_only_state(Program& part, GraphValues& taken) {
  GraphModule& module = part.graph_module;
  std::unordered_set<std::string> targets;
  std::vector<InputSpec> specs;
  std::vector<Argument> inputs;
  for (const InputSpec& spec : module.signature.input_specs) {
    const auto used = std::find(taken.begin(), taken.end(), spec.arg.as_value());
    if (!spec.is_state() || used == taken.end()) continue;
    taken.erase(used);
    targets.insert(spec.target);
    specs.push_back(spec);
    inputs.push_back(spec.arg);
  }
  module.signature.input_specs = std::move(specs);
  module.graph.set_inputs(std::move(inputs));
  keep_only(part.weights, targets);
  keep_only(part.constants, targets);
}

}  // namespace

std::optional<ExportedProgram> program_part(const ExportedProgram& program,
                                            const std::vector<std::size_t>& places) {
  Program part = program.program();
  GraphModule& module = part.graph_module;
  Nodes all, nodes;
  for (Node& node : module.graph.nodes()) all.push_back(&node);
  for (const std::size_t place : places) nodes.push_back(all.at(place));
  Boundary boundary = boundary_of(nodes);
  if (boundary.given.empty() || boundary.has_others) return std::nullopt;

  module.graph.set_outputs({});
  keep_only(module.graph, nodes);
  keep_only_state(part, boundary.taken);
  ExampleInputs examples{calculated(program, boundary.taken), {}};
  set_user_inputs(module, boundary.taken, examples.args);
  set_outputs(module, boundary.given);
  part.guards_code.clear();  // of inputs that are no longer there
  part.extra_files.clear();
  ExportedProgram result(std::move(part));
  result.set_example_inputs(examples);
  return result;
}

}  // namespace roundtrip
