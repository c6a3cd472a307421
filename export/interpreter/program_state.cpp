#include "export/interpreter/program_state.h"

#include "export/program/payloads.h"

namespace roundtrip {

/// The plan has made sure that the tensors are there.
ModuleState program_state(const Program& program, const OrderedMap<at::Tensor>& constants) {
  ModuleState state;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (const auto* parameter = std::get_if<InputToParameterSpec>(&spec)) {
      const std::string& name = parameter->parameter_name;
      if (!state.parameters.contains(name))
        state.parameters.insert(name, *tensor_of(program, name));
    } else if (const auto* buffer = std::get_if<InputToBufferSpec>(&spec)) {
      const std::string& name = buffer->buffer_name;
      if (state.buffers.contains(name)) continue;
      state.buffers.insert(name, *tensor_of(program, name));
      if (!buffer->persistent) state.non_persistent.push_back(name);
    }
  }
  state.constants = constants;
  for (const ModuleCallEntry& entry : program.graph_module.module_call_graph) {
    state.modules.push_back({entry.fqn, "roundtrip.Module"});
  }
  state.metadata = program.graph_module.metadata;
  return state;
}

std::vector<std::string> positional_names(const Program& program) {
  const auto& calls = program.graph_module.module_call_graph;
  if (calls.empty() || !calls.front().signature) return {};
  return calls.front().signature->forward_arg_names.value_or(std::vector<std::string>{});
}

}  // namespace roundtrip
