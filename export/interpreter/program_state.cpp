#include "export/interpreter/program_state.h"

#include "export/program/payloads.h"

namespace roundtrip {

/// The plan has made sure that the tensors are there.
ModuleState program_state(const Program& program, const OrderedMap<at::Tensor>& constants) {
  ModuleState state;
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (spec.kind != InputKind::parameter && spec.kind != InputKind::buffer) continue;
    const bool is_parameter = spec.kind == InputKind::parameter;
    auto& tensors = is_parameter ? state.parameters : state.buffers;
    if (tensors.contains(spec.target)) continue;
    tensors.insert(spec.target, *tensor_of(program, spec.target));
    if (!is_parameter && !spec.persistent) state.non_persistent.push_back(spec.target);
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
