#include <roundtrip/nn.h>

namespace roundtrip {

ModuleState state_of(const torch::nn::Module& model) {
  ModuleState state;
  for (const auto& entry : model.named_parameters()) {
    state.parameters.insert(entry.key(), entry.value());
  }
  for (const auto& entry : model.named_buffers()) state.buffers.insert(entry.key(), entry.value());
  for (const auto& entry : model.named_modules()) {
    state.modules.push_back({entry.key(), entry.value()->name(), entry.value().get()});
  }
  return state;
}

}  // namespace roundtrip
