#include "export/decompose/functional_program.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <unordered_map>

#include "export/capture/passes/final_names.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/trace/module_stack.h"
#include "export/decompose/origins.h"
#include "export/graph/schema.h"
#include "export/graph/schema_values.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

/// The program's inputs as the trace calls them, in the order of its signature: a
/// value's name, or a constant.
std::vector<schema::Argument> traced_inputs(const Program& program, const Trace& trace) {
  std::unordered_map<std::string, std::string> lifted;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind != PlaceholderKind::user_input) {
      lifted.emplace(placeholder.target, placeholder.value);
    }
  }
  std::vector<schema::Argument> inputs;
  std::size_t leaf = 0;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    inputs.push_back(spec.is_state()
                         ? schema::Argument{schema::TensorArgument{lifted.at(spec.target)}}
                         : trace.inputs.at(leaf++));
  }
  return inputs;
}

std::string name_of(const schema::Argument& argument) {
  std::string name;
  schema::visit_values(argument,
                       [&](const std::string& value, schema::ValueKind) { name = value; });
  return name;
}

/// The inputs' old names, which they ask for again: the user's first, as Python names them.
class InputNames {
 public:
  InputNames(const Program& program, const std::vector<schema::Argument>& inputs) {
    const auto& specs = program.graph_module.signature.input_specs;
    for (const bool user : {true, false}) {
      for (std::size_t i = 0; i < specs.size(); ++i) {
        const bool is_constant = specs[i].kind == InputKind::constant_input;
        if ((is_constant || specs[i].kind == InputKind::user_input) != user) continue;
        const GraphValue* old = program.graph_module.graph.inputs()[i].as_value();
        const std::string name = is_constant ? specs[i].target : old ? old->name() : "";
        wanted_.push_back({name_of(inputs[i]), name});
        positions_.push_back(i);
      }
    }
  }

  const std::vector<WantedName>& wanted() const { return wanted_; }

  /// `names`, which are in the order of `wanted`, in the order of the inputs.
  std::vector<std::string> in_order(const std::vector<std::string>& names) const {
    std::vector<std::string> ordered(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) ordered[positions_[i]] = names[i];
    return ordered;
  }

 private:
  std::vector<WantedName> wanted_;
  std::vector<std::size_t> positions_;
};

Type type_of_number(const Trace& trace, const std::string& value) {
  schema::Graph table;
  add_number(table, value, *trace.symbols, trace.numbers.at(value));
  return schema::from_schema(table).find(value)->type();
}

/// The inputs of the graph, which are values of the trace, under their names now.
void add_inputs(Graph& graph, const Trace& trace, const std::vector<schema::Argument>& inputs,
                const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string value = name_of(inputs[i]);
    if (value.empty()) {
      graph.add_input(schema::from_schema(inputs[i], graph));
      continue;
    }
    GraphValue& input = graph.find_or_add(names[i]);
    const bool is_tensor = inputs[i].get<schema::TensorArgument>() != nullptr;
    graph.set_type(input, is_tensor ? Type(trace.values[value]) : type_of_number(trace, value));
    graph.add_input(input);
  }
}

OutputSpec mutation_spec(const InputSpec& input, const Argument& value) {
  switch (input.kind) {
    case InputKind::parameter:
      return {OutputKind::parameter_mutation, value, input.target};
    case InputKind::buffer:
      return {OutputKind::buffer_mutation, value, input.target};
    case InputKind::user_input:
      return {OutputKind::user_input_mutation, value, "", input.arg.as_value()};
    case InputKind::tensor_constant:
      throw UnsupportedError("Constant " + input.target +
                             " is mutated in the forward method. Pls register it as buffer");
    default:
      throw UnsupportedError("the program writes to the input '" + value.as_value()->name() +
                             "', which a functional program cannot");
  }
}

/// The input now that is the old one.
GraphValue* input_like(const GraphSignature& signature, const GraphSignature& old,
                       const GraphValue& input) {
  for (std::size_t i = 0; i < old.input_specs.size(); ++i) {
    if (old.input_specs[i].arg.as_value() == &input) {
      return signature.input_specs[i].arg.as_value();
    }
  }
  throw ProgramError("an output belongs to the input '" + input.name() +
                     "', which the program does not have");
}

/// What the inputs and outputs of the new graph are. An output that was the gradient of an input
/// still is.
void update_specs(GraphModule& module, const GraphSignature& old,
                  const std::vector<std::size_t>& mutated) {
  GraphSignature& signature = module.signature;
  for (std::size_t i = 0; i < signature.input_specs.size(); ++i) {
    InputSpec& spec = signature.input_specs[i];
    const bool is_value = spec.kind != InputKind::token && spec.kind != InputKind::constant_input;
    if (is_value) spec.arg = module.graph.inputs()[i];
  }
  std::vector<OutputSpec> specs;
  for (std::size_t i = 0; i < mutated.size(); ++i) {
    specs.push_back(mutation_spec(signature.input_specs[mutated[i]], module.graph.outputs()[i]));
  }
  for (OutputSpec spec : old.output_specs) {
    if (is_mutation(spec)) continue;
    if (spec.kind != OutputKind::token) spec.arg = module.graph.outputs().at(specs.size());
    if (spec.input != nullptr) spec.input = input_like(signature, old, *spec.input);
    specs.push_back(std::move(spec));
  }
  signature.output_specs = std::move(specs);
}

}  // namespace

bool is_mutation(const OutputSpec& spec) {
  return spec.kind == OutputKind::buffer_mutation || spec.kind == OutputKind::parameter_mutation ||
         spec.kind == OutputKind::user_input_mutation;
}

Program functional_program(const Program& program, Trace trace,
                           const std::vector<std::size_t>& mutated) {
  Program result = program;
  const std::vector<schema::Argument> inputs = traced_inputs(program, trace);
  const InputNames input_names(program, inputs);
  schema::Graph recorded = split_mode_regions(trace);
  const std::vector<std::string> names =
      input_names.in_order(assign_final_names(recorded, input_names.wanted()).inputs);
  complete_module_stacks(recorded);
  GraphModule& module = result.graph_module;
  module.set_graph(schema::from_schema(recorded));
  add_inputs(module.graph, trace, inputs, names);
  update_specs(module, program.graph_module.signature, mutated);
  name_unused_results(module.graph);
  update_signatures(module, program.graph_module.graph);
  // What the program says of its inputs' sizes stays as it is.
  for (const ShapeEnv::Range& range : trace.symbols->env.range_constraints()) {
    if (result.range_constraints.contains(range.expr)) continue;
    result.range_constraints.insert(range.expr, RangeConstraint{range.min, range.max});
  }
  // Facts that the first capture found on the way may have left no operators.
  for (const std::string& guard : trace.symbols->env.guards_code()) {
    auto& known = result.guards_code;
    if (std::find(known.begin(), known.end(), guard) == known.end()) known.push_back(guard);
  }
  result.verifiers = {"ATEN"};
  return result;
}

}  // namespace roundtrip
