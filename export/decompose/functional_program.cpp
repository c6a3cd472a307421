#include "export/decompose/functional_program.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <unordered_map>

#include "export/capture/passes/final_names.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/trace/module_stack.h"
#include "export/decompose/origins.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

/// The program's inputs as the trace has them, in the order of its signature: a value or a
/// constant.
std::vector<Argument> traced_inputs(const Program& program, const Trace& trace) {
  std::unordered_map<std::string, GraphValue*> state;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind != PlaceholderKind::user_input) {
      state.emplace(placeholder.target, placeholder.value);
    }
  }
  std::vector<Argument> inputs;
  std::size_t leaf = 0;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    inputs.push_back(spec.is_state() ? Argument(*state.at(spec.target)) : trace.inputs.at(leaf++));
  }
  return inputs;
}

/// Inputs ask for their old names again: the user's first, as Python names them.
std::vector<WantedName> wanted_names(const Program& program, const std::vector<Argument>& inputs) {
  const std::vector<InputSpec>& specs = program.graph_module.signature.input_specs;
  std::vector<WantedName> wanted;
  for (const bool user : {true, false}) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const bool is_constant = specs[i].kind == InputKind::constant_input;
      if ((is_constant || specs[i].kind == InputKind::user_input) != user) continue;
      const GraphValue* old = program.graph_module.graph.inputs()[i].as_value();
      const std::string name = is_constant ? specs[i].target : old != nullptr ? old->name() : "";
      wanted.push_back({inputs[i].as_value(), name});
    }
  }
  return wanted;
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
  trace.graph.set_inputs(traced_inputs(program, trace));
  trace.graph.erase_undefined();
  split_mode_regions(trace);
  assign_final_names(trace.graph, wanted_names(program, trace.graph.inputs()));
  complete_module_stacks(trace.graph);
  GraphModule& module = result.graph_module;
  module.set_graph(std::move(trace.graph));
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
