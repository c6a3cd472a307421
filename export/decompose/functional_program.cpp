#include "export/decompose/functional_program.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <unordered_map>

#include "export/capture/passes/final_names.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/trace/module_stack.h"
#include "export/decompose/origins.h"
#include "export/program/graph_values.h"
#include "export/program/state_inputs.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

/// The program's inputs as the trace calls them, in the order of its signature: a
/// value's name, or a constant.
std::vector<Argument> traced_inputs(const Program& program, const Trace& trace) {
  std::unordered_map<std::string, std::string> lifted;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind != PlaceholderKind::user_input) {
      lifted.emplace(placeholder.target, placeholder.value);
    }
  }
  std::vector<Argument> inputs;
  std::size_t leaf = 0;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    const auto state = state_of(spec);
    inputs.push_back(state ? Argument{TensorArgument{lifted.at(state->target)}}
                           : trace.inputs.at(leaf++));
  }
  return inputs;
}

std::string name_of(const Argument& argument) {
  std::string name;
  visit_values(argument, [&](const std::string& value, ValueKind) { name = value; });
  return name;
}

bool is_user_input(const InputSpec& spec) {
  return std::holds_alternative<UserInputSpec>(spec) ||
         std::holds_alternative<InputToConstantInputSpec>(spec);
}

/// The inputs' old names, which they ask for again: the user's first, as Python names them.
class InputNames {
 public:
  InputNames(const Program& program, const std::vector<Argument>& inputs) {
    const auto& specs = program.graph_module.signature.input_specs;
    for (const bool user : {true, false}) {
      for (std::size_t i = 0; i < specs.size(); ++i) {
        if (is_user_input(specs[i]) != user) continue;
        const Argument& old = program.graph_module.graph.inputs[i];
        const auto* constant = std::get_if<InputToConstantInputSpec>(&specs[i]);
        wanted_.push_back({name_of(inputs[i]), constant ? constant->name : name_of(old)});
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

void rename(Argument& argument, const std::string& name) {
  visit_values(argument, [&](std::string& value, ValueKind) { value = name; });
}

/// The graph's inputs and the signature's, with their values in the graph's tables,
/// before what nodes define.
void add_inputs(Program& program, const Trace& trace, std::vector<Argument> inputs,
                const std::vector<std::string>& names) {
  Graph& graph = program.graph_module.graph;
  Graph values;
  auto& specs = program.graph_module.signature.input_specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string value = name_of(inputs[i]);
    rename(inputs[i], names[i]);
    std::visit(
        [&](auto& spec) {
          if constexpr (requires { spec.arg.value; }) spec.arg = inputs[i];
          if constexpr (requires { spec.arg.name; }) spec.arg.name = names[i];
        },
        specs[i]);
    if (inputs[i].get<TensorArgument>()) {
      values.tensor_values.insert(names[i], trace.values[value]);
    } else if (!value.empty()) {
      add_number(values, names[i], *trace.symbols, trace.numbers.at(value));
    }
  }
  values.tensor_values.update(std::move(graph.tensor_values));
  graph.tensor_values = std::move(values.tensor_values);
  values.sym_int_values.update(std::move(graph.sym_int_values));
  graph.sym_int_values = std::move(values.sym_int_values);
  graph.inputs = std::move(inputs);
}

OutputSpec mutation_spec(const InputSpec& input, const TensorArgument& value) {
  if (const auto* parameter = std::get_if<InputToParameterSpec>(&input)) {
    return ParameterMutationSpec{value, parameter->parameter_name};
  }
  if (const auto* buffer = std::get_if<InputToBufferSpec>(&input)) {
    return BufferMutationSpec{value, buffer->buffer_name};
  }
  if (const auto* user = std::get_if<UserInputSpec>(&input)) {
    return UserInputMutationSpec{value, name_of(user->arg)};
  }
  if (const auto* constant = std::get_if<InputToTensorConstantSpec>(&input)) {
    throw UnsupportedError("Constant " + constant->tensor_constant_name +
                           " is mutated in the forward method. Pls register it as buffer");
  }
  throw UnsupportedError("the program writes to the input '" + name_of({value}) +
                         "', which a functional program cannot");
}

void set_output(OutputSpec& spec, const Argument& output) {
  std::visit(
      [&](auto& spec) {
        using Arg = decltype(spec.arg);
        if constexpr (std::is_same_v<Arg, Argument>) {
          spec.arg = output;
        } else if constexpr (std::is_same_v<Arg, TensorArgument>) {
          spec.arg = *output.get<TensorArgument>();
        }
      },
      spec);
}

void add_outputs(GraphModule& module, const std::vector<std::size_t>& mutated) {
  GraphSignature& signature = module.signature;
  std::vector<OutputSpec> specs;
  for (std::size_t i = 0; i < mutated.size(); ++i) {
    specs.push_back(mutation_spec(signature.input_specs[mutated[i]],
                                  *module.graph.outputs[i].get<TensorArgument>()));
  }
  for (OutputSpec& spec : signature.output_specs) {
    if (is_mutation(spec)) continue;
    set_output(spec, module.graph.outputs.at(specs.size()));
    specs.push_back(std::move(spec));
  }
  signature.output_specs = std::move(specs);
}

}  // namespace

bool is_mutation(const OutputSpec& spec) {
  return std::holds_alternative<BufferMutationSpec>(spec) ||
         std::holds_alternative<ParameterMutationSpec>(spec) ||
         std::holds_alternative<UserInputMutationSpec>(spec);
}

Program functional_program(const Program& program, Trace trace,
                           const std::vector<std::size_t>& mutated) {
  Program result = program;
  std::vector<Argument> inputs = traced_inputs(program, trace);
  const InputNames input_names(program, inputs);
  result.graph_module.graph = split_mode_regions(trace);
  const std::vector<std::string> names = input_names.in_order(
      assign_final_names(result.graph_module.graph, input_names.wanted()).inputs);
  add_inputs(result, trace, std::move(inputs), names);
  add_outputs(result.graph_module, mutated);
  name_unused_results(result.graph_module.graph);
  complete_module_stacks(result.graph_module.graph);
  update_signatures(result.graph_module, program.graph_module.graph);
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
