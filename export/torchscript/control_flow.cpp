#include <roundtrip/error.h>

#include <limits>

#include "export/torchscript/data_control_flow.h"
#include "export/torchscript/data_numbers.h"
#include "export/torchscript/evaluator.h"
#include "export/torchscript/size_numbers.h"

namespace roundtrip {
namespace {

using c10::IValue;
using torch::jit::Node;
using torch::jit::Stack;

void run_if(Evaluator& evaluator, const Node& node, Frame& frame) {
  const IValue& condition = frame.get(*node.input());
  if (condition.isTensor()) {
    run_data_if(evaluator, node, condition.toTensor(), frame);
    return;
  }
  if (is_undecided(condition)) {
    run_data_if(evaluator, node, condition.toSymBool(), frame);
    return;
  }
  const auto& block = *node.blocks()[condition.toBool() ? 0 : 1];
  frame.set(node.outputs(), evaluator.run(block, frame));
}

/// What data decides is carried in tensors.
IValue settled(const IValue& number) {
  return depends_on_data(number) ? IValue(number_tensor(number)) : number;
}

/// Turn after turn, as long as it is known whether there is another one.
void run_loop(Evaluator& evaluator, const Node& node, Frame& frame) {
  const auto& body = *node.blocks()[0];
  LoopState state;
  state.trips = settled(frame.get(*node.input(0)));
  state.condition = settled(frame.get(*node.input(1)));
  state.carried = frame.get(node.inputs().slice(2));
  while (!state.trips.isTensor() && !state.condition.isTensor()) {
    if (state.turn >= state.trips.toInt() || !state.condition.toBool()) {
      frame.set(node.outputs(), std::move(state.carried));
      return;
    }
    evaluator.count_turn();
    frame.set(*body.inputs()[0], state.turn++);
    frame.set(body.inputs().slice(1), std::move(state.carried));
    state.carried = evaluator.run(body, frame);
    state.condition = settled(state.carried.front());
    state.carried.erase(state.carried.begin());
  }
  run_data_loop(evaluator, node, std::move(state), frame);
}

}  // namespace

NodeHandler control_flow_handler(c10::Symbol kind) {
  if (kind == torch::jit::prim::If) return run_if;
  if (kind == torch::jit::prim::Loop) return run_loop;
  return nullptr;
}

}  // namespace roundtrip
