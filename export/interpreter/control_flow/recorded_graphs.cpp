#include "export/interpreter/control_flow/recorded_graphs.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/capture/recording/recorder.h"
#include "export/dispatch/dispatch.h"
#include "export/interpreter/signature.h"

namespace roundtrip {
namespace {

using c10::IValue;

OperatorLayer* current_layer() {
  return current_recorder()->layer();
}

/// The inputs of a graph above the layer; a tensor that is given twice is one.
class LayeredInputs {
 public:
  explicit LayeredInputs(OperatorLayer& layer) : layer_(layer) {}

  IValue above(const at::Tensor& tensor) {
    at::Tensor& known = above_[tensor.unsafeGetTensorImpl()];
    if (!known.defined()) known = layer_.above(tensor);
    return known;
  }

  void require_unwritten() const {
    for (const auto& [below, above] : above_) {
      if (layer_.below(above).unsafeGetTensorImpl() == below) continue;
      throw CaptureError(
          "a branch or body of control flow writes in place to one of its inputs. Higher order "
          "ops do not support input mutation: clone() the tensor before");
    }
  }

 private:
  OperatorLayer& layer_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> above_;
};

}  // namespace

bool is_recorded() {
  return current_recorder() != nullptr;
}

Values to_recorded(const std::vector<IValue>& values) {
  OperatorLayer* layer = current_layer();
  Values result;
  for (const IValue& value : values) {
    result.push_back(layer != nullptr && value.isTensor() ? Value(layer->below(value.toTensor()))
                                                          : output_value(value));
  }
  return result;
}

std::vector<IValue> from_recorded(const Value& tree) {
  OperatorLayer* layer = current_layer();
  std::vector<IValue> result;
  for (const Value& leaf : tree_flatten(tree)) {
    result.push_back(layer != nullptr && leaf.is_tensor() ? IValue(layer->above(leaf.tensor()))
                                                          : box_leaf(leaf));
  }
  return result;
}

Values call_recorded(const GraphPlan& graph, Values inputs, const Values& more) {
  inputs.insert(inputs.end(), more.begin(), more.end());
  torch::jit::Stack stack;
  std::vector<IValue> values;
  OperatorLayer* layer = current_layer();
  if (layer == nullptr) {
    for (const Value& input : inputs) values.push_back(box_leaf(input));
    return to_recorded(graph.run(std::move(values), stack));
  }
  LayeredInputs layered(*layer);
  for (const Value& input : inputs) {
    values.push_back(input.is_tensor() ? layered.above(input.tensor()) : box_leaf(input));
  }
  Values results = to_recorded(graph.run(std::move(values), stack));
  layered.require_unwritten();
  return results;
}

}  // namespace roundtrip
