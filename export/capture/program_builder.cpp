#include "export/capture/program_builder.h"

#include <roundtrip/pytree.h>
#include <torch/version.h>

#include <algorithm>

#include "export/capture/inputs/input_names.h"
#include "export/capture/passes/final_names.h"
#include "export/capture/passes/mode_regions.h"
#include "export/capture/trace/arguments.h"
#include "export/capture/trace/module_stack.h"
#include "export/program/pickle/example_inputs.h"

namespace roundtrip {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const char* prefix_of(PlaceholderKind kind) {
  switch (kind) {
    case PlaceholderKind::parameter:
      return "p_";
    case PlaceholderKind::buffer:
      return "b_";
    default:
      return "c_";
  }
}

schema::InputSpec lifted_spec(const Placeholder& placeholder, const std::string& name,
                              const ModuleState& state) {
  switch (placeholder.kind) {
    case PlaceholderKind::parameter:
      return schema::InputToParameterSpec{{name}, placeholder.target};
    case PlaceholderKind::buffer:
      return schema::InputToBufferSpec{
          {name}, placeholder.target, !contains(state.non_persistent, placeholder.target)};
    default:
      return schema::InputToTensorConstantSpec{{name}, placeholder.target};
  }
}

schema::ConstantValue constant_value(const schema::Argument& argument) {
  if (const auto* value = argument.get<std::int64_t>()) return *value;
  if (const auto* value = argument.get<double>()) return *value;
  if (const auto* value = argument.get<std::string>()) return *value;
  if (const auto* value = argument.get<bool>()) return *value;
  return NoneArgument{};
}

/// Adds the inputs that hold the model's tensors, then those the user passes.
class SignatureBuilder {
 public:
  SignatureBuilder(schema::GraphModule& module, const Trace& trace)
      : module_(module), trace_(trace) {}

  void add_lifted(const Placeholder& placeholder, const std::string& name,
                  const ModuleState& state) {
    add_tensor(placeholder.value, name);
    module_.signature.input_specs.push_back(lifted_spec(placeholder, name, state));
  }

  void add_user_input(const schema::Argument& input, const std::string& name) {
    if (const auto* tensor = input.get<schema::TensorArgument>()) {
      add_tensor(tensor->name, name);
      module_.signature.input_specs.push_back(
          schema::UserInputSpec{{schema::TensorArgument{name}}});
    } else if (const auto* number = input.get<schema::SymIntArgument>()) {
      const schema::Argument argument{schema::SymIntArgument{name}};
      module_.graph.inputs.push_back(argument);
      module_.signature.input_specs.push_back(schema::UserInputSpec{argument});
      numbers_.emplace_back(name, std::get<std::string>(number->value));
    } else {
      module_.graph.inputs.push_back(input);
      module_.signature.input_specs.push_back(
          schema::InputToConstantInputSpec{name, constant_value(input)});
    }
  }

  /// Enters the inputs into the graph's tables, before what nodes define.
  void enter_values() {
    schema::Graph& graph = module_.graph;
    values_.update(std::move(graph.tensor_values));
    graph.tensor_values = std::move(values_);
    if (numbers_.empty()) return;
    schema::Graph inputs;
    for (const auto& [name, value] : numbers_) {
      add_number(inputs, name, *trace_.symbols, trace_.numbers.at(value));
    }
    inputs.sym_int_values.update(std::move(graph.sym_int_values));
    graph.sym_int_values = std::move(inputs.sym_int_values);
  }

 private:
  void add_tensor(const std::string& value, const std::string& name) {
    module_.graph.inputs.push_back({schema::TensorArgument{name}});
    values_.insert(name, trace_.values[value]);
  }

  schema::GraphModule& module_;
  const Trace& trace_;
  OrderedMap<TensorMeta> values_;
  std::vector<std::pair<std::string, std::string>> numbers_;  ///< name and value
};

std::vector<WantedName> wanted_names(const Trace& trace, const std::vector<std::string>& names) {
  std::vector<WantedName> wanted;
  for (std::size_t i = 0; i < trace.inputs.size(); ++i) {
    schema::Argument input = trace.inputs[i];
    std::string value;
    visit_value_names(input, [&](std::string& name) { value = name; });
    wanted.push_back({value, names[i]});
  }
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind == PlaceholderKind::user_input) continue;
    wanted.push_back(
        {placeholder.value, placeholder_name(prefix_of(placeholder.kind), placeholder.target)});
  }
  return wanted;
}

void add_inputs(schema::GraphModule& module, const Trace& trace,
                const std::vector<std::string>& names, const ModuleState& state) {
  SignatureBuilder builder(module, trace);
  std::size_t next = trace.inputs.size();
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind == PlaceholderKind::user_input) continue;
    builder.add_lifted(placeholder, names[next++], state);
  }
  for (std::size_t i = 0; i < trace.inputs.size(); ++i) {
    builder.add_user_input(trace.inputs[i], names[i]);
  }
  builder.enter_values();
}

/// Signatures of module calls with the names that values have in the end.
std::vector<schema::ModuleCallEntry> named_calls(std::vector<schema::ModuleCallEntry> calls,
                                                 const FinalNames& names) {
  for (schema::ModuleCallEntry& call : calls) {
    const auto rename = [&](std::string& name) {
      const auto found = names.values.find(name);
      if (found == names.values.end()) {
        throw UnsupportedError(
            "the call of '" + call.fqn +
            "', whose signature is to be preserved, takes or gives the tensor '" + name +
            "', which is only known within a region of no_grad or "
            "autocast");
      }
      name = found->second;
    };
    for (schema::Argument& input : call.signature->inputs) visit_value_names(input, rename);
    for (schema::Argument& output : call.signature->outputs) visit_value_names(output, rename);
  }
  return calls;
}

schema::GraphModule build_graph_module(const ExportCall& call, Trace trace,
                                       const ModuleState& state) {
  schema::GraphModule module;
  const std::vector<WantedName> wanted = wanted_names(trace, input_names(call));
  module.graph = split_mode_regions(trace);
  const FinalNames names = assign_final_names(module.graph, wanted);
  add_inputs(module, trace, names.inputs, state);
  module.module_call_graph = named_calls(std::move(trace.module_calls), names);
  module.metadata = state.metadata;
  complete_module_stacks(module.graph);
  for (const schema::Argument& output : module.graph.outputs) {
    module.signature.output_specs.push_back(schema::UserOutputSpec{output});
  }
  return module;
}

std::string in_spec_of(const ExportCall& call) {
  std::vector<std::pair<Value, Value>> kwargs;
  for (const auto& [name, value] : call.kwargs) kwargs.emplace_back(name, value);
  TreeSpec spec;
  tree_flatten(Value::tuple({Value::tuple(call.args), Value::dict(std::move(kwargs))}), &spec);
  return treespec_dumps(spec);
}

/// Every module, and behind them the calls of a module after its first. `calls` are those
/// whose signature is known.
std::vector<schema::ModuleCallEntry> module_calls(const ExportCall& call, std::string out_spec,
                                                  const ModuleState& state,
                                                  std::vector<schema::ModuleCallEntry> calls) {
  schema::ModuleCallSignature signature;
  signature.in_spec = in_spec_of(call);
  signature.out_spec = std::move(out_spec);
  signature.forward_arg_names = forward_arg_names(call);
  std::vector<schema::ModuleCallEntry> entries{{"", std::move(signature)}};
  for (const Submodule& submodule : state.modules) {
    if (!submodule.name.empty()) entries.push_back({submodule.name, std::nullopt});
  }
  for (schema::ModuleCallEntry& known : calls) {
    const auto entry = std::find_if(
        entries.begin(), entries.end(),
        [&](const schema::ModuleCallEntry& candidate) { return candidate.fqn == known.fqn; });
    if (entry == entries.end()) {
      entries.push_back(std::move(known));
    } else {
      *entry = std::move(known);
    }
  }
  return entries;
}

/// The constants that forward uses, under all names that the model declares for them.
void add_constants(Program& program, const Trace& trace, const ModuleState& state) {
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind != PlaceholderKind::constant) continue;
    const Payload payload{placeholder.tensor.detach(), false, "", std::nullopt};
    program.constants.insert(placeholder.target, payload);
    for (const auto& entry : state.constants) {
      if (!entry.value().is_same(placeholder.tensor)) continue;
      if (!program.constants.contains(entry.key())) program.constants.insert(entry.key(), payload);
    }
  }
}

bool belongs_to(const std::string& name, const std::string& module) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? module.empty() : name.substr(0, dot) == module;
}

/// Parameters and buffers in the order of Python's state_dict: module by module.
void add_state(Program& program, const ModuleState& state) {
  std::vector<std::string> modules;
  for (const Submodule& submodule : state.modules) modules.push_back(submodule.name);
  for (const auto* tensors : {&state.parameters, &state.buffers}) {
    for (const auto& entry : *tensors) {
      const auto dot = entry.key().rfind('.');
      const std::string owner = dot == std::string::npos ? "" : entry.key().substr(0, dot);
      if (!contains(modules, owner)) modules.push_back(owner);
    }
  }
  for (const std::string& module : modules) {
    for (const auto& entry : state.parameters) {
      if (!belongs_to(entry.key(), module)) continue;
      program.weights.insert(entry.key(), Payload{entry.value(), true, "", std::nullopt});
    }
    for (const auto& entry : state.buffers) {
      if (!belongs_to(entry.key(), module)) continue;
      auto& payloads =
          contains(state.non_persistent, entry.key()) ? program.constants : program.weights;
      payloads.insert(entry.key(), Payload{entry.value(), false, "", std::nullopt});
    }
  }
}

}  // namespace

Program build_program(const ExportCall& call, Trace trace) {
  const ModuleState state = std::move(trace.state);
  Program program;
  add_constants(program, trace, state);
  add_state(program, state);
  std::string out_spec = trace.out_spec;
  for (const ShapeEnv::Range& range : trace.symbols->env.range_constraints()) {
    program.range_constraints.insert(range.expr, RangeConstraint{range.min, range.max});
  }
  program.warnings = trace.symbols->warnings();
  program.warnings.insert(program.warnings.end(), trace.warnings.begin(), trace.warnings.end());
  program.guards_code = trace.symbols->env.guards_code();
  schema::GraphModule module = build_graph_module(call, std::move(trace), state);
  auto& calls = module.module_call_graph;
  calls = module_calls(call, std::move(out_spec), state, std::move(calls));
  program.graph_module = schema::from_schema(module);
  program.allowed.all = true;
  program.opset_version.insert("aten", 10);
  program.verifiers = {"TRAINING"};
  program.torch_version = TORCH_VERSION;
  program.example_inputs = encode_example_inputs({call.args, call.kwargs});
  return program;
}

}  // namespace roundtrip
