#include "export/unflatten/in_place.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "export/graph/names.h"
#include "export/program/graph_values.h"
#include "export/program/state_inputs.h"
#include "export/unflatten/dead_nodes.h"
#include "export/unflatten/stack_entries.h"

namespace roundtrip {
namespace {

struct Mutation {
  std::string value;
  std::string input;
};

/// The graph's input that holds what a mutation names.
class Inputs {
 public:
  explicit Inputs(const GraphSignature& signature) {
    for (const InputSpec& spec : signature.input_specs) {
      const auto state = state_of(spec);
      if (state && state->kind != StateKind::constant) state_[state->target] = state->input;
    }
  }

  std::string find(const std::string& target) const {
    const auto found = state_.find(target);
    if (found != state_.end()) return found->second;
    throw ProgramError("the program mutates '" + target + "', which is none of its inputs");
  }

 private:
  std::unordered_map<std::string, std::string> state_;
};

/// Nothing for an output that goes to the user.
std::optional<Mutation> mutation_of(const OutputSpec& spec, const Inputs& inputs) {
  if (const auto* buffer = std::get_if<BufferMutationSpec>(&spec)) {
    return Mutation{buffer->arg.name, inputs.find(buffer->buffer_name)};
  }
  if (const auto* parameter = std::get_if<ParameterMutationSpec>(&spec)) {
    return Mutation{parameter->arg.name, inputs.find(parameter->parameter_name)};
  }
  if (const auto* input = std::get_if<UserInputMutationSpec>(&spec)) {
    return Mutation{input->arg.name, input->user_input_name};
  }
  if (std::holds_alternative<UserOutputSpec>(spec)) return std::nullopt;
  throw UnsupportedError("a program that returns gradients or effect tokens cannot be unflattened");
}

bool names(const Argument& argument, const std::string& value) {
  bool found = false;
  visit_values(argument, [&](const std::string& name, ValueKind) { found |= name == value; });
  return found;
}

/// Index behind the node that makes the value; 0 for an input.
std::size_t behind_producer(const Graph& graph, const std::string& value) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Argument& output : graph.nodes[i].outputs) {
      if (names(output, value)) return i + 1;
    }
  }
  return 0;
}

void carry_out(Graph& graph, const Mutation& mutation, FxNamespace& taken) {
  const std::size_t place = behind_producer(graph, mutation.value);
  const std::string name = taken.create("copy_.default");
  const auto replace = [&](std::string& value, ValueKind) {
    if (value == mutation.value) value = name;
  };
  for (std::size_t i = place; i < graph.nodes.size(); ++i) {
    for (NamedArgument& input : graph.nodes[i].inputs) visit_values(input.arg, replace);
  }
  for (Argument& output : graph.outputs) visit_values(output, replace);
  Node copy;
  copy.target = "torch.ops.aten.copy_.default";
  copy.inputs = {{"self", {TensorArgument{mutation.input}}, ArgumentKind::positional},
                 {"src", {TensorArgument{mutation.value}}, ArgumentKind::positional}};
  copy.outputs = {{TensorArgument{name}}};
  copy.name = name;
  copy.metadata = place > 0 ? graph.nodes[place - 1].metadata : anywhere();
  if (const TensorMeta* meta = graph.tensor_values.find(mutation.value)) {
    graph.tensor_values.insert(name, TensorMeta(*meta));
  }
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(place), std::move(copy));
}

}  // namespace

Graph with_mutations_in_place(const GraphModule& module) {
  Graph graph = module.graph;
  drop_dead_nodes(graph);
  FxNamespace taken;
  for (const auto& entry : graph.tensor_values) taken.create(entry.key());
  const Inputs inputs(module.signature);
  std::vector<Mutation> mutations;
  std::vector<Argument> outputs;
  const auto& specs = module.signature.output_specs;
  if (specs.size() != graph.outputs.size()) {
    throw ProgramError("the program's signature has another number of outputs than its graph");
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (const auto mutation = mutation_of(specs[i], inputs)) {
      mutations.push_back(*mutation);
    } else {
      outputs.push_back(graph.outputs[i]);
    }
  }
  graph.outputs = std::move(outputs);
  for (const Mutation& mutation : mutations) carry_out(graph, mutation, taken);
  return graph;
}

}  // namespace roundtrip
