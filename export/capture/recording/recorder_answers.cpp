#include <ATen/ATen.h>
#include <roundtrip/symbolic.h>

#include "export/capture/recording/packed_batch.h"
#include "export/capture/recording/recorder.h"
#include "export/tracing/traced_tensor.h"
#include "export/tracing/user_stack.h"

/// The part of the recorder that is about calls which are not recorded as others are: they ask for
/// a number, or assert something of one.

namespace roundtrip {
namespace {

using c10::IValue;

/// What the operator says of a tensor of symbolic sizes; nothing if it says nothing of them.
std::optional<c10::SymInt> size_number(SpecialOperator query, const at::Tensor& tensor,
                                       c10::ArrayRef<IValue> arguments) {
  if (symbolic_layout(tensor) == nullptr) return std::nullopt;
  switch (query) {
    case SpecialOperator::size:
    case SpecialOperator::plain_size:
      return tensor.sym_size(arguments[1].toInt());
    case SpecialOperator::stride:
    case SpecialOperator::plain_stride:
      return tensor.sym_stride(arguments[1].toInt());
    case SpecialOperator::numel:
      return tensor.sym_numel();
    case SpecialOperator::storage_offset:
      return tensor.sym_storage_offset();
    default:
      return std::nullopt;
  }
}

bool is_plain(SpecialOperator query) {
  return query == SpecialOperator::plain_size || query == SpecialOperator::plain_stride;
}

/// torch::nn's attention projects query, key and value at once where they are equal, and one by one
/// where not, which gives the same. As in Python, that is asked of tensors, not of their data.
bool is_asked_of_tensors(SpecialOperator special) {
  return special == SpecialOperator::equal &&
         innermost_layer() == "torch::nn::MultiheadAttentionImpl::forward";
}

}  // namespace

/// False for a call that is recorded as others are.
bool Recorder::answer(const OperatorCall& call, torch::jit::Stack& stack) {
  const std::vector<IValue>& arguments = call.arguments;
  const SpecialOperator special = call.facts.special;
  if (special == SpecialOperator::item) {
    stack.push_back(item_of(arguments[0].toTensor()));
    return true;
  }
  if (special == SpecialOperator::assertion) {
    if (arguments[0].isSymBool()) {
      record_assertion(call);
    } else if (!arguments[0].toScalar().to<bool>()) {
      throw CaptureError(arguments[1].toStringRef());
    }
    return true;
  }
  if (!arguments[0].isTensor()) return false;
  if (is_asked_of_tensors(special)) {
    stack.emplace_back(local(arguments[0].toTensor()).is_same(local(arguments[1].toTensor())));
    return true;
  }
  const auto number = size_number(special, local(arguments[0].toTensor()), arguments);
  if (!number) return false;
  // Called as an operator by TorchScript's interpreter.
  if (is_plain(special)) {
    stack.emplace_back(number->guard_int("", 0));
  } else {
    stack.emplace_back(*number);
  }
  return true;
}

/// `item()` gives an unbacked symbol. The value of a tensor that forward itself made of
/// numbers is that number.
IValue Recorder::item_of(const at::Tensor& argument) {
  const at::Tensor tensor = local(argument);
  if (as_traced(tensor) != nullptr) {
    if (const auto batch = batch_in_first_step(graph_, value_of(tensor))) return *batch;
  }
  const c10::Scalar value = concrete_of(tensor).item();
  if (value.isComplex()) {
    throw UnsupportedError(
        "forward calls item() on a complex tensor: a program has no symbolic "
        "complex numbers. Keep the value in a tensor");
  }
  const bool is_own = as_traced(tensor) == nullptr && values_.is_held_empty(tensor);
  if (is_own || graph_.symbols().is_dry_run) return value;
  return numbers_.item(values_.value_of(tensor), value,
                       layer_ == nullptr ? "item" : "_local_scalar_dense");
}

/// An assertion of a program captured before: a fact, which the program asserts where it
/// needs it, and a node, as long as nothing else asserts the same.
void Recorder::record_assertion(const OperatorCall& call) {
  torch_check(call.arguments[0].toSymBool(), call.arguments[1].toStringRef());
  if (graph_.symbols().is_dry_run) return;
  NodeFields node;
  node.target = call.facts.target;
  node.inputs = inputs_of(call);
  node.name = graph_.new_name(call.facts.fx_name);
  graph_.append(std::move(node));
}

}  // namespace roundtrip
