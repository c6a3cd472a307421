#include "export/unflatten/in_place.h"

#include <roundtrip/error.h>

#include <optional>
#include <unordered_map>

#include "export/unflatten/dead_nodes.h"
#include "export/unflatten/stack_entries.h"

namespace roundtrip {
namespace {

struct Mutation {
  GraphValue* value;
  GraphValue* input;
};

/// The graph's inputs that hold parameters and buffers, by their targets.
using StateInputs = std::unordered_map<std::string, GraphValue*>;

StateInputs state_inputs(const GraphSignature& signature) {
  StateInputs inputs;
  for (const InputSpec& spec : signature.input_specs) {
    if (spec.kind == InputKind::parameter || spec.kind == InputKind::buffer) {
      inputs[spec.target] = spec.arg.as_value();
    }
  }
  return inputs;
}

/// Nothing for an output that goes to the user.
std::optional<Mutation> mutation_of(const OutputSpec& spec, const StateInputs& inputs) {
  switch (spec.kind) {
    case OutputKind::user_output:
      return std::nullopt;
    case OutputKind::user_input_mutation:
      return Mutation{spec.arg.as_value(), spec.input};
    case OutputKind::buffer_mutation:
    case OutputKind::parameter_mutation: {
      const auto found = inputs.find(spec.target);
      if (found != inputs.end()) return Mutation{spec.arg.as_value(), found->second};
      throw ProgramError("the program mutates '" + spec.target + "', which is none of its inputs");
    }
    default:
      throw UnsupportedError(
          "a program that returns gradients or effect tokens cannot be unflattened");
  }
}

/// Whatever used the new value uses the input, once it is written to.
void carry_out(Graph& graph, const Mutation& mutation) {
  Node* producer = mutation.value->producer();
  NodeFields copy;
  copy.target = "torch.ops.aten.copy_.default";
  copy.name = graph.unique_name("copy_.default");
  copy.metadata = producer != nullptr ? producer->metadata() : anywhere();
  GraphValue& written = graph.add_value(*copy.name, mutation.value->type());
  graph.replace_uses(*mutation.value, written);
  copy.inputs = {{"self", *mutation.input, ArgumentKind::positional},
                 {"src", *mutation.value, ArgumentKind::positional}};
  copy.outputs = {written};
  graph.insert_after(producer, std::move(copy));
}

}  // namespace

Graph with_mutations_in_place(const GraphModule& given) {
  GraphModule module = given;
  Graph& graph = module.graph;
  drop_dead_nodes(graph);
  const StateInputs inputs = state_inputs(module.signature);
  std::vector<Mutation> mutations;
  std::vector<Argument> outputs;
  const auto& specs = module.signature.output_specs;
  if (specs.size() != graph.outputs().size()) {
    throw ProgramError("the program's signature has another number of outputs than its graph");
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (const auto mutation = mutation_of(specs[i], inputs)) {
      mutations.push_back(*mutation);
    } else {
      outputs.push_back(graph.outputs()[i]);
    }
  }
  graph.set_outputs(std::move(outputs));
  for (const Mutation& mutation : mutations) carry_out(graph, mutation);
  return std::move(graph);
}

}  // namespace roundtrip
