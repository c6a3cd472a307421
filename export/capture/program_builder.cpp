#include "export/capture/program_builder.h"

#include <roundtrip/pytree.h>
#include <torch/version.h>

#include <algorithm>

#include "export/capture/inputs/input_names.h"
#include "export/capture/passes/final_names.h"
#include "export/capture/passes/mode_regions.h"
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

InputSpec state_spec(const Placeholder& placeholder, const ModuleState& state) {
  const std::string& name = placeholder.target;
  switch (placeholder.kind) {
    case PlaceholderKind::parameter:
      return {InputKind::parameter, *placeholder.value, name};
    case PlaceholderKind::buffer:
      return {InputKind::buffer, *placeholder.value, name, !contains(state.non_persistent, name)};
    default:
      return {InputKind::tensor_constant, *placeholder.value, name};
  }
}

InputSpec user_spec(const Argument& input, const std::string& name) {
  const bool is_value = input.as_value() != nullptr;
  return {is_value ? InputKind::user_input : InputKind::constant_input, input,
          is_value ? "" : name};
}

std::vector<Placeholder> state_inputs(const Trace& trace) {
  std::vector<Placeholder> inputs;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (placeholder.kind != PlaceholderKind::user_input) inputs.push_back(placeholder);
  }
  return inputs;
}

/// Tensors of the model come first, then what the user passes.
void set_inputs(Trace& trace) {
  std::vector<Argument> inputs;
  for (const Placeholder& placeholder : state_inputs(trace))
    inputs.emplace_back(*placeholder.value);
  inputs.insert(inputs.end(), trace.inputs.begin(), trace.inputs.end());
  trace.graph.set_inputs(std::move(inputs));
  trace.graph.erase_undefined();
}

/// Names of the user's inputs come first. Returns those.
std::vector<std::string> assign_names(Trace& trace, const std::vector<std::string>& wanted) {
  std::vector<WantedName> names;
  for (std::size_t i = 0; i < trace.inputs.size(); ++i) {
    names.push_back({trace.inputs[i].as_value(), wanted[i]});
  }
  for (const Placeholder& placeholder : state_inputs(trace)) {
    names.push_back(
        {placeholder.value, placeholder_name(prefix_of(placeholder.kind), placeholder.target)});
  }
  std::vector<std::string> given = assign_final_names(trace.graph, names);
  given.resize(trace.inputs.size());
  return given;
}

GraphSignature signature_of(const Trace& trace, const std::vector<std::string>& user_names,
                            const ModuleState& state) {
  GraphSignature signature;
  for (const Placeholder& placeholder : state_inputs(trace)) {
    signature.input_specs.push_back(state_spec(placeholder, state));
  }
  for (std::size_t i = 0; i < trace.inputs.size(); ++i) {
    signature.input_specs.push_back(user_spec(trace.inputs[i], user_names[i]));
  }
  for (const Argument& output : trace.graph.outputs()) {
    signature.output_specs.push_back({OutputKind::user_output, output});
  }
  return signature;
}

void require_known_values(const std::vector<ModuleCallEntry>& calls) {
  for (const ModuleCallEntry& call : calls) {
    const auto require_known = [&](const GraphValue& value) {
      if (value.is_defined()) return;
      throw UnsupportedError("the call of '" + call.fqn +
                             "', whose signature is to be preserved, takes or gives the tensor '" +
                             value.name() +
                             "', which is only known within a region of no_grad or "
                             "autocast");
    };
    for (const Argument& input : call.signature->inputs) for_each_value(input, require_known);
    for (const Argument& output : call.signature->outputs) for_each_value(output, require_known);
  }
}

GraphModule build_graph_module(const ExportCall& call, Trace trace, const ModuleState& state) {
  set_inputs(trace);
  split_mode_regions(trace);
  const std::vector<std::string> user_names = assign_names(trace, input_names(call));
  complete_module_stacks(trace.graph);
  keep_calls_together(trace.graph);
  require_known_values(trace.module_calls);
  GraphModule module;
  module.signature = signature_of(trace, user_names, state);
  module.module_call_graph = std::move(trace.module_calls);
  module.metadata = state.metadata;
  module.graph = std::move(trace.graph);
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
std::vector<ModuleCallEntry> module_calls(const ExportCall& call, std::string out_spec,
                                          const ModuleState& state,
                                          std::vector<ModuleCallEntry> calls) {
  ModuleCallSignature signature;
  signature.in_spec = in_spec_of(call);
  signature.out_spec = std::move(out_spec);
  signature.forward_arg_names = forward_arg_names(call);
  std::vector<ModuleCallEntry> entries{{"", std::move(signature)}};
  for (const Submodule& submodule : state.modules) {
    if (!submodule.name.empty()) entries.push_back({submodule.name, std::nullopt});
  }
  for (ModuleCallEntry& known : calls) {
    const auto entry =
        std::find_if(entries.begin(), entries.end(),
                     [&](const ModuleCallEntry& candidate) { return candidate.fqn == known.fqn; });
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
  program.graph_module = build_graph_module(call, std::move(trace), state);
  auto& calls = program.graph_module.module_call_graph;
  calls = module_calls(call, std::move(out_spec), state, std::move(calls));
  program.allowed.all = true;
  program.opset_version.insert("aten", 10);
  program.verifiers = {"TRAINING"};
  program.torch_version = TORCH_VERSION;
  program.example_inputs = encode_example_inputs({call.args, call.kwargs});
  return program;
}

}  // namespace roundtrip
