#include "export/capture/recording/recorder_handler.h"

#include <variant>

#include "export/capture/recording/record_auto_functionalized.h"
#include "export/dispatch/tensor_values.h"
#include "export/tracing/placed_errors.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

c10::SymNode node_of(const Value& number) {
  if (number.is_sym_int()) return number.sym_int().toSymNode();
  if (number.is_sym_float()) return number.sym_float().toSymNodeImpl();
  return number.sym_bool().toSymNodeImpl();
}

template <typename Change>
void change_tensors(torch::jit::Stack& values, Change change) {
  for (c10::IValue& value : values) value = map_tensors(value, change);
}

}  // namespace

void RecorderHandler::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  if (OperatorLayer* layer = recorder_.layer()) {
    layer->call(recorder_, op, stack);
  } else {
    with_place([&] { recorder_.call(op, stack); });
  }
}

void RecorderHandler::call_empty(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const Recorder::EmptyOfProgram scope(recorder_);
  op.callBoxed(stack);
}

torch::jit::Stack RecorderHandler::call_auto_functionalized(const AutoFunctionalized& call,
                                                            torch::jit::Stack keywords) {
  change_tensors(keywords, [this](const at::Tensor& tensor) { return below(tensor); });
  torch::jit::Stack results = record_auto_functionalized(recorder_, call, keywords);
  change_tensors(results, [this](const at::Tensor& tensor) { return above(tensor); });
  return results;
}

void RecorderHandler::note(const std::string& sentence) {
  recorder_.symbols()->notes.push_back(sentence);
}

void RecorderHandler::set_grad_mode(bool enabled) {
  recorder_.graph().modes().set_grad_mode(enabled);
}

void RecorderHandler::enter_autocast(const AutocastSettings& settings) {
  recorder_.graph().modes().enter_autocast(settings);
}

void RecorderHandler::exit_autocast() {
  recorder_.graph().modes().exit_autocast();
}

at::Tensor RecorderHandler::below(const at::Tensor& tensor) {
  OperatorLayer* layer = recorder_.layer();
  return layer == nullptr ? tensor : layer->below(tensor);
}

at::Tensor RecorderHandler::above(const at::Tensor& tensor) {
  OperatorLayer* layer = recorder_.layer();
  return layer == nullptr ? tensor : layer->above(tensor);
}

Value RecorderHandler::in_this_run(const Value& value) {
  if (value.is_tensor()) return concrete_of(value.tensor());
  if (!value.is_symbolic()) return value;
  return std::visit([](auto number) { return Value(number); }, value_in_this_run(node_of(value)));
}

Expr RecorderHandler::expr_of(const c10::SymInt& number) {
  return roundtrip::expr_of(number);
}

void RecorderHandler::require(const Expr& condition, const std::string& message) {
  recorder_.symbols()->require(condition, message);
}

Recorder* current_recorder() {
  auto* handler = static_cast<RecorderHandler*>(current_handler());
  return handler == nullptr ? nullptr : &handler->recorder();
}

}  // namespace roundtrip
