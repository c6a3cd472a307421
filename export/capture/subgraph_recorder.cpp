#include "export/capture/subgraph_recorder.h"

#include <algorithm>

#include "export/capture/arguments.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

/// The outer graph's input that is named `value`; a computed value counts as one
/// that the user passed.
Placeholder origin_of(const Recorder& outer, const std::string& value) {
  const auto& placeholders = outer.trace().placeholders;
  const auto found =
      std::find_if(placeholders.begin(), placeholders.end(),
                   [&](const Placeholder& placeholder) { return placeholder.value == value; });
  if (found != placeholders.end()) return *found;
  return {PlaceholderKind::user_input, value, "", {}};
}

}  // namespace

SubgraphRecorder::SubgraphRecorder(Recorder& outer, std::string op, Purpose purpose)
    : Recorder(ModuleState{}, outer.symbols()),
      outer_(outer),
      op_(std::move(op)),
      purpose_(purpose) {
}

at::Tensor SubgraphRecorder::add_operand(const at::Tensor& data) {
  return make_input({PlaceholderKind::user_input, "", "", {}}, data);
}

at::Tensor SubgraphRecorder::local(const at::Tensor& tensor) {
  if (!tensor.defined() || is_wrapped_number(tensor)) return tensor;
  const auto* traced = as_traced(tensor);
  if (traced != nullptr ? traced->graph() == graph() : knows(tensor)) return tensor;
  return lift(tensor);
}

at::Tensor SubgraphRecorder::lift(const at::Tensor& tensor) {
  const bool rehearsal = purpose_ == Purpose::rehearsal;
  const std::string value = rehearsal ? "" : outer_.value_of(tensor);
  const at::Tensor outer = rehearsal ? tensor : outer_.local(tensor);
  if (symbolic_layout(outer) != nullptr) {
    throw UnsupportedError(op_ +
                           ": a branch or body uses a tensor of dynamic sizes, which is not "
                           "supported yet: make its dimensions static");
  }
  at::Tensor& input = inputs_[outer.unsafeGetTensorImpl()];
  if (!input.defined()) {
    input = make_input(origin_of(outer_, value), twin_of(outer));
    lifted_.push_back({outer, as_traced(input)->value()});
  }
  return input;
}

at::Tensor SubgraphRecorder::make_input(const Placeholder& origin, const at::Tensor& twin) {
  const std::string value = add_placeholder(origin.kind, origin.target, twin);
  if (twin.has_storage()) memory_.emplace(twin.storage().unsafeGetStorageImpl(), value);
  return make_traced(twin, value, graph());
}

std::string SubgraphRecorder::add_constant(const at::Tensor& tensor) {
  return as_traced(lift(tensor))->value();
}

std::string SubgraphRecorder::input_of_memory(const at::Tensor& twin) const {
  if (!twin.has_storage()) return "";
  const auto found = memory_.find(twin.storage().unsafeGetStorageImpl());
  return found == memory_.end() ? "" : found->second;
}

void SubgraphRecorder::require_main_graph(const std::string& maker) const {
  throw UnsupportedError(op_ + ": a branch or body calls " + maker +
                         ", whose result data decides, which is not supported yet");
}

void SubgraphRecorder::before_write(const at::Tensor& twin) {
  if (input_of_memory(twin).empty()) return;
  throw CaptureError(op_ +
                     ": a branch or body writes in place to one of its arguments or to a tensor "
                     "from outside of it. Higher order ops do not support input mutation: clone() "
                     "the tensor before");
}

}  // namespace roundtrip
