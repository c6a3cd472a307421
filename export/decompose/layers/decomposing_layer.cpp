#include "export/decompose/layers/decomposing_layer.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/enum_tag.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <utility>

#include "export/capture/recording/recorder.h"
#include "export/decompose/layers/auto_functionalize.h"
#include "export/decompose/layers/composite.h"
#include "export/decompose/layers/functional_layer.h"
#include "export/dispatch/auto_functionalized.h"
#include "export/dispatch/capture_handler.h"
#include "export/dispatch/vmap_levels.h"
#include "export/operators/facts.h"
#include "export/operators/schema.h"

namespace roundtrip {
namespace {

class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag), saved_(std::exchange(flag, true)) {}
  ~Flag() { flag_ = saved_; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
  bool saved_;
};

/// An autocast kernel casts its arguments and calls the operator again, with autocast off.
bool casts(const c10::OperatorHandle& op) {
  return at::autocast::is_autocast_enabled(at::kCPU) &&
         !c10::impl::tls_is_dispatch_key_excluded(c10::DispatchKey::AutocastCPU) &&
         op.hasKernelForDispatchKey(c10::DispatchKey::AutocastCPU);
}

}  // namespace

void DecomposingLayer::call(Recorder& recorder, const c10::OperatorHandle& op,
                            torch::jit::Stack& stack) {
  if (below_) {
    call_on_traced(recorder, op, stack);
  } else if (vmap_is_active()) {
    call_in_vmap(recorder, op, stack);
  } else {
    call_on_functional(recorder, op, stack);
  }
}

/// What a vmap maps becomes calls on whole tensors, which come here again.
void DecomposingLayer::call_in_vmap(Recorder& recorder, const c10::OperatorHandle& op,
                                    torch::jit::Stack& stack) {
  if (facts_of(op).is_random) {
    throw UnsupportedError(c10::str("operator ", op.schema().operator_name(),
                                    " draws random numbers in a vmap, which cannot be decomposed"));
  }
  if (any_batched(stack, op.schema().arguments().size())) {
    call_batched(op, stack);
  } else {
    const WithoutVmap without_vmap;
    call_on_functional(recorder, op, stack);
  }
}

/// The value of a view is made anew where what it is a view of was written to.
at::Tensor DecomposingLayer::below(const at::Tensor& tensor) {
  const Flag below(below_);
  return is_functional(tensor) ? current_value(tensor) : tensor;
}

at::Tensor DecomposingLayer::above(const at::Tensor& tensor) {
  return make_functional(tensor);
}

void DecomposingLayer::call_on_functional(Recorder& recorder, const c10::OperatorHandle& op,
                                          torch::jit::Stack& stack) {
  if (casts(op)) {
    op.callBoxedForDispatchKey(c10::DispatchKey::AutocastCPU, stack);
    return;
  }
  const bool composite = is_composite(op);
  if (composite && table_.replaces(op)) {
    if (const auto* rule = table_.find(op)) {
      call_rule(*rule, op, stack);
    } else {
      op.callBoxedForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd, stack);
    }
    return;
  }
  const Flag below(below_);
  if (!any_functional(stack, op.schema().arguments().size())) {
    call_on_traced(recorder, op, stack);
    make_functional(stack, op.schema().returns().size());
  } else if (AutoFunctionalized::can_call(op)) {
    call_auto_functionalized(recorder, op, stack);
  } else if (composite || !gives_tensors(op.schema())) {
    call_whole(op, stack);
  } else if (changes_nothing(op, stack)) {
    torch::jit::drop(stack, op.schema().arguments().size() - 1);
  } else if (op.schema().is_mutable() && !op.hasTag(at::Tag::inplace_view)) {
    call_counterpart(op, stack);
  } else {
    call_functionalized(op, stack);
  }
}

void DecomposingLayer::call_rule(const DecompositionTable::Rule& rule,
                                 const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const auto [name, added] = replacing_.insert(op.operator_name());
  rule(stack);
  if (added) replacing_.erase(op.operator_name());
}

/// A composite kernel may write to tensors of its own, so it runs on functional ones.
void DecomposingLayer::call_parts(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  make_functional(stack, op.schema().arguments().size());
  const bool below = std::exchange(below_, false);
  op.callBoxedForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd, stack);
  below_ = below;
  take_current_values(stack, op.schema().returns().size());
}

void DecomposingLayer::call_on_traced(Recorder& recorder, const c10::OperatorHandle& op,
                                      torch::jit::Stack& stack) {
  const Flag below(below_);
  const WithCapture with_capture;
  if (!table_.replaces(op) || replacing_.count(op.operator_name()) > 0) {
    recorder.call(op, stack);
  } else if (const auto* rule = table_.find(op)) {
    call_rule(*rule, op, stack);
  } else if (is_composite(op) && gives_tensors(op.schema())) {
    call_parts(op, stack);
  } else {
    recorder.call(op, stack);
  }
}

}  // namespace roundtrip
