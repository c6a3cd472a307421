#include <ATen/ATen.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>
#include <torch/csrc/jit/ir/constants.h>

#include <limits>

#include "export/torchscript/branch_values.h"
#include "export/torchscript/data_control_flow.h"
#include "export/torchscript/data_numbers.h"

namespace roundtrip {
namespace {

using c10::IValue;
using JitValues = std::vector<const jit::Value*>;

bool is_constant_true(const jit::Value& value) {
  const auto constant = jit::toIValue(&value);
  return constant && constant->isBool() && constant->toBool();
}

/// A loop on its way to a `while_loop`. What it carries: whether to go on, unless that
/// is always so; the number of the iteration, if somebody asks for it; then the leaves of
/// the values that change from iteration to iteration.
class DataLoop {
 public:
  DataLoop(Evaluator& evaluator, const jit::Node& node, LoopState state, const ScriptFrame& frame)
      : evaluator_(evaluator), body_(*node.blocks()[0]), state_(std::move(state)), frame_(frame) {
    unlimited_ =
        state_.trips.isInt() && state_.trips.toInt() == std::numeric_limits<std::int64_t>::max();
    carries_condition_ = state_.condition.isTensor() || !is_constant_true(*body_.outputs()[0]);
    carries_iteration_ = !unlimited_ || body_.inputs()[0]->hasUses();
    for (std::size_t i = 0; i < state_.carried.size(); ++i) {
      if (body_.outputs()[i + 1] != body_.inputs()[i + 1]) changing_.push_back(i);
    }
  }

  jit::Stack convert() {
    Forest initial = changing_forest(state_.carried);
    Values carried;
    if (carries_condition_) carried.emplace_back(number_tensor(state_.condition));
    if (carries_iteration_) carried.emplace_back(number_tensor(state_.iterations));
    for (const at::Tensor& tensor : initial.tensors()) carried.emplace_back(tensor);
    const Value results = detail::while_loop(
        [this](const Values& values) { return Value(goes_on(values)); },
        [&](const Values& values) { return run_body(initial, values); }, carried);
    const Values& last = results.container().items;
    initial.fill(Values(last.begin() + extras(), last.end()));
    return with_changed(initial);
  }

 private:
  std::ptrdiff_t extras() const {
    return (carries_condition_ ? 1 : 0) + (carries_iteration_ ? 1 : 0);
  }

  const at::Tensor& iteration(const Values& carried) const {
    return carried[carries_condition_ ? 1 : 0].tensor();
  }

  Forest changing_forest(const jit::Stack& carried) const {
    jit::Stack values;
    JitValues declared;
    for (const std::size_t i : changing_) {
      values.push_back(carried[i]);
      declared.push_back(body_.inputs()[i + 1]);
    }
    return Forest(values, declared);
  }

  jit::Stack with_changed(const Forest& changed) const {
    jit::Stack carried = state_.carried;
    jit::Stack values = changed.values();
    for (std::size_t i = 0; i < changing_.size(); ++i) {
      carried[changing_[i]] = std::move(values[i]);
    }
    return carried;
  }

  at::Tensor goes_on(const Values& carried) const {
    at::Tensor result;
    if (!unlimited_) {
      const at::Tensor& number = iteration(carried);
      result = state_.trips.isTensor() ? at::lt(number, state_.trips.toTensor())
                                       : at::lt(number, state_.trips.toInt());
    }
    if (!carries_condition_) return result;
    const at::Tensor& condition = carried[0].tensor();
    return result.defined() ? at::logical_and(condition, result) : condition.clone();
  }

  Value run_body(const Forest& initial, const Values& carried) const {
    const Evaluator::DataRegion region(evaluator_);
    Forest now = initial;
    now.fill(Values(carried.begin() + extras(), carried.end()));
    ScriptFrame inner = frame_;
    if (carries_iteration_) inner.set(*body_.inputs()[0], iteration(carried));
    inner.set(body_.inputs().slice(1), with_changed(now));
    NewTensors fresh(inner, evaluator_.model_memory);

    jit::Stack results = evaluator_.run(body_, inner);
    Values next;
    if (carries_condition_) next.emplace_back(fresh.make(number_tensor(results[0])));
    if (carries_iteration_) next.emplace_back(fresh.make(at::add(iteration(carried), 1)));
    results.erase(results.begin());
    Forest after = changing_forest(results);
    now.visit(after, [](Tree&, Tree&) {});
    for (const at::Tensor& tensor : after.tensors()) next.emplace_back(fresh.make(tensor));
    return Value::tuple(std::move(next));
  }

  Evaluator& evaluator_;
  const jit::Block& body_;
  LoopState state_;
  const ScriptFrame& frame_;
  bool unlimited_ = false;
  bool carries_condition_ = false;
  bool carries_iteration_ = false;
  std::vector<std::size_t> changing_;
};

}  // namespace

void run_data_loop(Evaluator& evaluator, const jit::Node& node, LoopState state,
                   ScriptFrame& frame) {
  frame.set(node.outputs(), DataLoop(evaluator, node, std::move(state), frame).convert());
}

}  // namespace roundtrip
