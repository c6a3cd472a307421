#include "export/program/state_inputs.h"

#include <variant>

namespace roundtrip {

std::optional<InputState> state_of(const InputSpec& spec) {
  if (const auto* parameter = std::get_if<InputToParameterSpec>(&spec)) {
    return InputState{StateKind::parameter, parameter->arg.name, parameter->parameter_name};
  }
  if (const auto* buffer = std::get_if<InputToBufferSpec>(&spec)) {
    return InputState{StateKind::buffer, buffer->arg.name, buffer->buffer_name};
  }
  if (const auto* constant = std::get_if<InputToTensorConstantSpec>(&spec)) {
    return InputState{StateKind::constant, constant->arg.name, constant->tensor_constant_name};
  }
  return std::nullopt;
}

}  // namespace roundtrip
