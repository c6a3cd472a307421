#include "export/torchscript/graphs/graph_runner.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <unordered_map>

#include "export/torchscript/graphs/symbols.h"

namespace roundtrip {
namespace {

using c10::IValue;
namespace attr = jit::attr;
namespace prim = jit::prim;

/// Numbers that data decides are tensors, those that sizes decide symbols: a list of ints
/// with one is a list of any.
c10::TypePtr element_type(const c10::TypePtr& declared, const jit::Stack& items) {
  if (!is_number_type(*declared)) return declared;
  for (const IValue& item : items) {
    if (item.isTensor() || is_size_number(item)) return c10::AnyType::get();
  }
  return declared;
}

}  // namespace

jit::Stack GraphRunner::run(const jit::Block& block, ScriptFrame& frame) {
  for (const jit::Node* node : block.nodes()) run(*node, frame);
  return frame.get(block.outputs());
}

void GraphRunner::run(const jit::Node& node, ScriptFrame& frame) {
  using Handler = void (GraphRunner::*)(const jit::Node&, ScriptFrame&);
  static const std::unordered_map<c10::Symbol, Handler> kTable = {
      {prim::Constant, &GraphRunner::run_constant},
      {prim::Uninitialized, &GraphRunner::run_uninitialized},
      {prim::unchecked_cast, &GraphRunner::run_identity},
      {prim::unchecked_unwrap_optional, &GraphRunner::run_identity},
      {c10::aten::wait, &GraphRunner::run_identity},
      {prim::ListConstruct, &GraphRunner::run_list},
      {prim::ListUnpack, &GraphRunner::run_list_unpack},
      {prim::TupleConstruct, &GraphRunner::run_tuple},
      {prim::TupleUnpack, &GraphRunner::run_tuple_unpack},
      {prim::TupleSlice, &GraphRunner::run_tuple_slice},
      {prim::If, &GraphRunner::run_if},
      {prim::Loop, &GraphRunner::run_loop},
  };
  const auto found = kTable.find(node.kind());
  if (found == kTable.end()) return run_operator(node, frame);
  (this->*found->second)(node, frame);
}

void GraphRunner::run_constant(const jit::Node& node, ScriptFrame& frame) {
  if (node.output()->type()->kind() == c10::TypeKind::FunctionType) return;
  const auto value = jit::toIValue(node.output());
  if (!value) throw UnsupportedError("the model has a constant of an unknown kind");
  frame.set(*node.output(), *value);
}

void GraphRunner::run_uninitialized(const jit::Node& node, ScriptFrame& frame) {
  frame.set(*node.output(), at::Tensor());
}

void GraphRunner::run_identity(const jit::Node& node, ScriptFrame& frame) {
  frame.set(*node.output(), frame.get(*node.input(0)));
}

void GraphRunner::run_list(const jit::Node& node, ScriptFrame& frame) {
  jit::Stack items = frame.get(node.inputs());
  const auto declared = node.output()->type()->expectRef<c10::ListType>().getElementType();
  c10::impl::GenericList list(element_type(declared, items));
  for (IValue& item : items) list.push_back(std::move(item));
  add_own(list);
  frame.set(*node.output(), list);
}

void GraphRunner::run_list_unpack(const jit::Node& node, ScriptFrame& frame) {
  const auto items = frame.get(*node.input()).toListRef();
  if (items.size() != node.outputs().size()) {
    throw CaptureError(
        c10::str("a list of ", items.size(), " items is unpacked into ", node.outputs().size()));
  }
  frame.set(node.outputs(), items.vec());
}

void GraphRunner::run_tuple(const jit::Node& node, ScriptFrame& frame) {
  const auto type = node.output()->type()->expect<c10::TupleType>();
  jit::Stack items = frame.get(node.inputs());
  frame.set(*node.output(), type->schema() == nullptr
                                ? c10::ivalue::Tuple::create(std::move(items))
                                : c10::ivalue::Tuple::createNamed(std::move(items), type));
}

void GraphRunner::run_tuple_unpack(const jit::Node& node, ScriptFrame& frame) {
  frame.set(node.outputs(), frame.get(*node.input()).toTupleRef().elements().vec());
}

void GraphRunner::run_tuple_slice(const jit::Node& node, ScriptFrame& frame) {
  const auto items = frame.get(*node.input()).toTupleRef().elements();
  const auto first = items.begin() + node.i(attr::beg);
  const auto last = items.begin() + node.i(attr::end);
  frame.set(*node.output(), c10::ivalue::Tuple::create(jit::Stack(first, last)));
}

void GraphRunner::run_if(const jit::Node& node, ScriptFrame& frame) {
  if (run_undecided_if(node, frame)) return;
  const jit::Block& block = *node.blocks()[frame.get(*node.input()).toBool() ? 0 : 1];
  frame.set(node.outputs(), run(block, frame));
}

/// Iteration after iteration, as long as it is known whether there is another one.
void GraphRunner::run_loop(const jit::Node& node, ScriptFrame& frame) {
  const jit::Block& body = *node.blocks()[0];
  LoopState state;
  state.trips = frame.get(*node.input(0));
  state.condition = frame.get(*node.input(1));
  state.carried = frame.get(node.inputs().slice(2));
  while (!run_undecided_loop(node, state, frame)) {
    if (state.iterations >= state.trips.toInt() || !state.condition.toBool()) {
      frame.set(node.outputs(), std::move(state.carried));
      return;
    }
    start_iteration(state.iterations);
    frame.set(*body.inputs()[0], state.iterations++);
    frame.set(body.inputs().slice(1), std::move(state.carried));
    state.carried = run(body, frame);
    state.condition = std::move(state.carried.front());
    state.carried.erase(state.carried.begin());
  }
}

void call_operator(const jit::Node& node, jit::Stack& stack) {
  const jit::Operator& op = node.getOperator();
  const std::size_t count = stack.size();
  if (op.schema().is_vararg() && op.hasOperation()) {
    stack.emplace_back(static_cast<std::int64_t>(count));
  }
  op.getOperation (&node)(stack);
}

}  // namespace roundtrip
