#include "export/interpreter/graphs/recorded_graphs.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/dispatch/capture_handler.h"
#include "export/interpreter/steps/leaves.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// The inputs of a graph above the layer; a tensor that is given twice is one.
class LayeredInputs {
 public:
  explicit LayeredInputs(CaptureHandler& handler) : handler_(handler) {}

  IValue above(const at::Tensor& tensor) {
    at::Tensor& known = above_[tensor.unsafeGetTensorImpl()];
    if (!known.defined()) known = handler_.above(tensor);
    return known;
  }

  void require_unwritten() const {
    for (const auto& [below, above] : above_) {
      if (handler_.below(above).unsafeGetTensorImpl() == below) continue;
      throw CaptureError(
          "a branch or body of control flow writes in place to one of its inputs. Higher order "
          "ops do not support input mutation: clone() the tensor before");
    }
  }

 private:
  CaptureHandler& handler_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> above_;
};

}  // namespace

bool is_recorded() {
  return is_capturing();
}

Values to_recorded(const std::vector<IValue>& values) {
  CaptureHandler& handler = *current_handler();
  Values result;
  for (const IValue& value : values) {
    result.push_back(value.isTensor() ? Value(handler.below(value.toTensor()))
                                      : output_value(value));
  }
  return result;
}

std::vector<IValue> from_recorded(const Value& tree) {
  CaptureHandler& handler = *current_handler();
  std::vector<IValue> result;
  for (const Value& leaf : tree_flatten(tree)) {
    result.push_back(leaf.is_tensor() ? IValue(handler.above(leaf.tensor())) : box_leaf(leaf));
  }
  return result;
}

Values call_recorded(const GraphPlan& graph, Values inputs, const Values& more) {
  inputs.insert(inputs.end(), more.begin(), more.end());
  torch::jit::Stack stack;
  std::vector<IValue> values;
  LayeredInputs layered(*current_handler());
  for (const Value& input : inputs) {
    values.push_back(input.is_tensor() ? layered.above(input.tensor()) : box_leaf(input));
  }
  Values results = to_recorded(graph.run(std::move(values), stack));
  layered.require_unwritten();
  return results;
}

}  // namespace roundtrip
