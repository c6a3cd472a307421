#include <ATen/ATen.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>
#include <torch/csrc/jit/ir/constants.h>

#include <optional>

#include "export/torchscript/branch_values.h"
#include "export/torchscript/data_control_flow.h"
#include "export/torchscript/data_numbers.h"
#include "export/torchscript/size_numbers.h"
#include "export/torchscript/source.h"

namespace roundtrip {
namespace {

using c10::IValue;
namespace prim = jit::prim;

const jit::Node* find_raise(const jit::Block& block) {
  for (const jit::Node* node : block.nodes()) {
    if (node->kind() == prim::RaiseException) return node;
  }
  return nullptr;
}

/// What the program says where the model raises; an exception's text may be computed.
std::string message_of(const jit::Node& raise) {
  const auto text = jit::toIValue(raise.input(0));
  return text && text->isString() ? text->toStringRef() : "forward raises at " + place_of(raise);
}

Value negated(const Value& condition) {
  if (condition.is_tensor()) return at::logical_not(condition.tensor());
  return sym_not(condition.sym_bool());
}

void require(const Value& condition, const std::string& message) {
  if (condition.is_tensor()) {
    at::_assert_async(condition.tensor(), message);
  } else {
    torch_check(condition.sym_bool(), message);
  }
}

bool run_assertion(Evaluator& evaluator, const jit::Node& node, const Value& condition,
                   ScriptFrame& frame) {
  for (const std::size_t raising : {0, 1}) {
    const jit::Node* raise = find_raise(*node.blocks()[raising]);
    if (raise == nullptr) continue;
    require(raising == 0 ? negated(condition) : condition, message_of(*raise));
    frame.set(node.outputs(), evaluator.run(*node.blocks()[1 - raising], frame));
    return true;
  }
  return false;
}

bool has_missing_result(const jit::Block& block) {
  for (const auto* output : block.outputs()) {
    if (output->node()->kind() == prim::Uninitialized) return true;
  }
  return false;
}

/// Whether both branches give the one number that is known outside of them.
bool is_same_number(const IValue& first, const IValue& second) {
  if (first.isTensor() || second.isTensor()) return false;
  if (is_size_number(first) || is_size_number(second)) return is_one_symbol(first, second);
  return first == second;
}

/// One `if` on its way to a `cond`. The first branch may not miss a value.
class DataIf {
 public:
  DataIf(Evaluator& evaluator, const jit::Node& node, const ScriptFrame& frame)
      : evaluator_(evaluator), node_(node), frame_(frame) {}

  jit::Stack convert(const Value& condition) {
    const bool swapped = has_missing_result(*node_.blocks()[0]);
    const jit::Block& first = *node_.blocks()[swapped ? 1 : 0];
    const jit::Block& second = *node_.blocks()[swapped ? 0 : 1];
    const Value results = detail::cond(
        swapped ? negated(condition) : condition, [&](const Values&) { return run_first(first); },
        [&](const Values&) { return run_second(second); }, {});
    join(results);
    return first_.values();
  }

 private:
  Forest run(const jit::Block& block) const {
    const Evaluator::DataRegion region(evaluator_);
    ScriptFrame inner = frame_;
    return Forest(evaluator_.run(block, inner), node_.outputs());
  }

  Value run_first(const jit::Block& block) {
    first_ = run(block);
    NewTensors results(frame_, evaluator_.model_memory);
    Values values;
    for (const at::Tensor& tensor : first_.tensors()) values.emplace_back(results.make(tensor));
    return Value::tuple(std::move(values));
  }

  Value run_second(const jit::Block& block) {
    second_ = run(block);
    first_.visit(second_, [this](Tree& first, Tree& second) {
      if (second.kind == Tree::Kind::missing) second = {first.kind, filler(first, frame_), {}};
    });
    NewTensors results(frame_, evaluator_.model_memory);
    Values values;
    for (const at::Tensor& tensor : second_.tensors()) values.emplace_back(results.make(tensor));
    return Value::tuple(std::move(values));
  }

  /// The operator's results in place of the first branch's; a number that is the same
  /// in both stays known.
  void join(const Value& results) {
    std::size_t next = 0;
    first_.visit(second_, [&](Tree& first, Tree& second) {
      const at::Tensor& result = results[next++].tensor();
      if (!is_same_number(first.value, second.value)) first.value = result;
    });
  }

  Evaluator& evaluator_;
  const jit::Node& node_;
  const ScriptFrame& frame_;
  Forest first_;
  Forest second_;
};

}  // namespace

void run_data_if(Evaluator& evaluator, const jit::Node& node, const Value& condition,
                 ScriptFrame& frame) {
  if (run_assertion(evaluator, node, condition, frame)) return;
  frame.set(node.outputs(), DataIf(evaluator, node, frame).convert(condition));
}

}  // namespace roundtrip
