#include "export/capture/recording/model_recorder.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {

ModelRecorder::ModelRecorder(const ModuleState& state, std::shared_ptr<Symbols> symbols,
                             OperatorLayer* layer)
    : guard_(state), recorder_(*this, std::move(symbols), layer) {
  add_state(PlaceholderKind::parameter, state.parameters);
  add_state(PlaceholderKind::buffer, state.buffers);
  for (const auto& [name, tensor] : state.constants.pairs()) {
    declared_constants_.emplace(tensor.unsafeGetTensorImpl(), name);
  }
}

void ModelRecorder::add_state(PlaceholderKind kind, const OrderedMap<at::Tensor>& tensors) {
  for (const auto& [name, tensor] : tensors.pairs()) {
    recorder_.values().set_value(tensor, recorder_.add_placeholder(kind, name, tensor));
  }
}

at::Tensor ModelRecorder::local(const at::Tensor& tensor) {
  const TracedTensor* traced = as_traced(tensor);
  if (traced != nullptr && traced->graph() != recorder_.graph().id() && !traced->number()) {
    throw CaptureError(
        "a tensor that was made in a branch or body of control flow, or in another capture, is "
        "used outside of it: return it from the branch instead");
  }
  return tensor;
}

GraphValue& ModelRecorder::add_constant(const at::Tensor& tensor) {
  guard_.protect(tensor);
  const auto declared = declared_constants_.find(tensor.unsafeGetTensorImpl());
  if (declared != declared_constants_.end()) {
    return recorder_.add_placeholder(PlaceholderKind::constant, declared->second, tensor);
  }
  std::string name;
  do {
    name = "lifted_tensor_" + std::to_string(constants_++);
  } while (is_taken(name));
  GraphValue& value = recorder_.add_placeholder(PlaceholderKind::constant, name, tensor);
  recorder_.graph().trace().placeholders.back().undeclared = user_place();
  return value;
}

bool ModelRecorder::is_taken(const std::string& target) const {
  const std::vector<Placeholder>& placeholders = recorder_.graph().trace().placeholders;
  const auto is_target = [&](const Placeholder& placeholder) {
    return placeholder.target == target;
  };
  const auto is_declared = [&](const auto& declared) { return declared.second == target; };
  return std::any_of(placeholders.begin(), placeholders.end(), is_target) ||
         std::any_of(declared_constants_.begin(), declared_constants_.end(), is_declared);
}

Argument ModelRecorder::number_argument(SymNode& number) {
  if (number.place().graph == 0) {
    throw CaptureError("forward uses the number " + to_string(number.expr()) +
                       ", which no value of the graph has");
  }
  throw CaptureError("the number " + to_string(number.expr()) +
                     ", which was made in a branch or body of control flow, is used outside of it: "
                     "return it from the branch instead");
}

}  // namespace roundtrip
