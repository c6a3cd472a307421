#include "export/capture/forward/outside_tensors.h"

#include <c10/util/StringUtil.h>

namespace roundtrip {
namespace {

/// Beside the trace, a capture holds a constant's memory once, to put back what is written to it.
bool is_held_elsewhere(const at::Tensor& tensor) {
  if (tensor.use_count() > 1 || !tensor.has_storage()) return true;
  return tensor.storage().use_count() > 2 || tensor.storage().allocator() == nullptr;
}

}  // namespace

std::string outside_text(const Placeholder& constant) {
  return c10::str("forward uses a tensor from outside (sizes ", constant.tensor.sizes(), ", ",
                  constant.tensor.scalar_type(),
                  ") that is neither an input nor a parameter or buffer of the model, so that it "
                  "would be a constant of the program. Register it by register_buffer, or list it "
                  "in ModuleState::constants",
                  *constant.undeclared);
}

std::vector<std::string> outside_tensors(const Trace& trace) {
  std::vector<std::string> messages;
  for (const Placeholder& placeholder : trace.placeholders) {
    if (!placeholder.undeclared || !is_held_elsewhere(placeholder.tensor)) continue;
    messages.push_back(outside_text(placeholder));
  }
  return messages;
}

}  // namespace roundtrip
