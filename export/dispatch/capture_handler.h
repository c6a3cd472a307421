#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/hints_wrapper.h>

#include <string>

#include "export/dispatch/auto_functionalized.h"
#include "export/dispatch/autocast_guard.h"
#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// The capture that is under way on a thread, for code that takes part in one and does not
/// know how it records: what a model calls beside operators, and programs that run. Used by
/// the thread that captures.
class CaptureHandler {
 public:
  virtual ~CaptureHandler() = default;

  /// A call of an operator: arguments on the stack, results in their place.
  virtual void call(const c10::OperatorHandle& op, torch::jit::Stack& stack) = 0;
  /// The same for an `aten::empty` of a program: its result is a node's, and no C++ code
  /// writes to its memory.
  virtual void call_empty(const c10::OperatorHandle& op, torch::jit::Stack& stack) = 0;
  virtual torch::jit::Stack call_auto_functionalized(const AutoFunctionalized& call,
                                                     torch::jit::Stack keywords) = 0;

  /// Control flow, with arguments as `roundtrip/control_flow.h` has them, checked already.
  /// `predicate` is a tensor or a symbolic condition or, of a program, what became of one
  /// whose sizes are known now.
  virtual Value cond(const Value& predicate, const GraphFunction& if_true,
                     const GraphFunction& if_false, const Values& operands) = 0;
  virtual Value while_loop(const GraphFunction& condition, const GraphFunction& body,
                           const Values& carried) = 0;
  virtual Value map(const GraphFunction& body, const Value& xs, const Values& args) = 0;
  /// Along dimension 0, from the front.
  virtual Value scan(const GraphFunction& combine, const Value& init, const Value& xs) = 0;
  virtual Value hints_wrapper(const GraphFunction& body, const Values& args,
                              const Hints& hints) = 0;
  /// Something that forward decided for good, as a sentence for the user.
  virtual void note(const std::string& sentence) = 0;

  /// Modes that the thread's state has already, or still.
  virtual void set_grad_mode(bool enabled) = 0;
  virtual void enter_autocast(const AutocastSettings& settings) = 0;
  virtual void exit_autocast() = 0;

  /// As `export/dispatch/vmap_levels.h` has them.
  virtual void enter_vmap(const c10::SymInt& batch_size, const std::string& randomness) = 0;
  virtual void leave_vmap() = 0;
  virtual at::Tensor add_batch_dim(const at::Tensor& tensor, std::int64_t dim) = 0;
  virtual at::Tensor remove_batch_dim(const at::Tensor& tensor, const c10::SymInt& batch_size,
                                      std::int64_t dim) = 0;

  /// A program may run above a layer, on tensors of its own: the recorder's tensor for one
  /// of the program's, and a new one of the program's for the recorder's.
  virtual at::Tensor below(const at::Tensor& tensor) = 0;
  virtual at::Tensor above(const at::Tensor& tensor) = 0;

  /// A value as it is in this run: data for a traced tensor, a plain number for a symbol.
  virtual Value in_this_run(const Value& value) = 0;
  virtual Expr expr_of(const c10::SymInt& number) = 0;
  /// Has the captured program demand a condition, which holds in this run.
  virtual void require(const Expr& condition, const std::string& message) = 0;
};

/// The handler of this thread; null if no capture is under way.
CaptureHandler* current_handler();

/// True if a capture is under way on this thread.
bool is_capturing();

/// While it lives, the thread's handler is this one. A nested one is that of a branch, and
/// suspends the outer.
class HandlerScope {
 public:
  explicit HandlerScope(CaptureHandler& handler);
  ~HandlerScope();
  HandlerScope(const HandlerScope&) = delete;
  HandlerScope& operator=(const HandlerScope&) = delete;

 private:
  CaptureHandler* outer_;
};

/// Operators called on this thread while it lives go to the handler, before autograd sees
/// them and before composite ones decompose, also within `WithoutCapture`.
class WithCapture {
 public:
  WithCapture();

 private:
  c10::impl::ForceDispatchKeyGuard keys_;
};

/// Operators called on this thread while it lives run as always.
class WithoutCapture {
 private:
  c10::impl::ExcludeDispatchKeyGuard exclude_{c10::DispatchKeySet(
      {c10::DispatchKey::TESTING_ONLY_GenericMode, c10::DispatchKey::TESTING_ONLY_GenericWrapper})};
};

}  // namespace roundtrip
