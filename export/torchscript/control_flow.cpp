#include "export/torchscript/data_control_flow.h"
#include "export/torchscript/data_numbers.h"
#include "export/torchscript/evaluator.h"
#include "export/torchscript/size_numbers.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// What data decides is carried in tensors.
IValue in_tensor(const IValue& number) {
  return depends_on_data(number) ? IValue(number_tensor(number)) : number;
}

}  // namespace

bool Evaluator::run_undecided_if(const jit::Node& node, ScriptFrame& frame) {
  const IValue condition = frame.get(*node.input());
  if (condition.isTensor()) {
    run_data_if(*this, node, condition.toTensor(), frame);
  } else if (is_undecided(condition)) {
    run_data_if(*this, node, condition.toSymBool(), frame);
  } else {
    return false;
  }
  return true;
}

bool Evaluator::run_undecided_loop(const jit::Node& node, LoopState& state, ScriptFrame& frame) {
  state.trips = in_tensor(state.trips);
  state.condition = in_tensor(state.condition);
  if (!state.trips.isTensor() && !state.condition.isTensor()) return false;
  run_data_loop(*this, node, std::move(state), frame);
  return true;
}

}  // namespace roundtrip
