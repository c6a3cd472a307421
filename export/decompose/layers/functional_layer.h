#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <optional>

/// LibTorch's functionalization over traced tensors: an operator that writes or gives a
/// view is called as one that does neither, and views of what was written are made anew.

namespace roundtrip {

bool is_functional(const at::Tensor& tensor);

/// Whether two sizes are equal whatever the sizes of the inputs are. Asks nothing of these.
bool known_equal(const c10::SymInt& left, const c10::SymInt& right);

at::Tensor make_functional(const at::Tensor& tensor);

/// The traced tensor behind a functional one, after all writes to it and its aliases.
at::Tensor current_value(const at::Tensor& functional);

/// True if any tensor on the stack's top `count` values is a functional one.
bool any_functional(const torch::jit::Stack& stack, std::size_t count);

/// True for a write that changes nothing: a copy to itself, or `detach_` where there are
/// no gradients.
bool changes_nothing(const c10::OperatorHandle& op, const torch::jit::Stack& stack);

/// The operator that takes the same arguments as one that writes, and gives the new values
/// instead: by LibTorch's naming, `add` for `add_` and `add.out`, `normal_functional` for
/// `normal_`.
std::optional<c10::OperatorHandle> find_counterpart(const c10::OperatorHandle& op);

/// Calls the functional counterpart of an operator that writes (`add` for `add_`) on
/// what is behind its arguments, and makes what was written to stand for the new value.
/// Throws `UnsupportedError` if there is none.
void call_counterpart(const c10::OperatorHandle& op, torch::jit::Stack& stack);

/// Calls an operator that does not write on functional tensors: results that are views
/// remember what they are views of.
void call_functionalized(const c10::OperatorHandle& op, torch::jit::Stack& stack);

/// Makes tensors in the top `count` values of the stack functional, if they are traced.
void make_functional(torch::jit::Stack& stack, std::size_t count);

/// The traced tensors behind those of the top `count` values.
void take_current_values(torch::jit::Stack& stack, std::size_t count);

/// The operator called on what is behind its arguments, whole: for operators without
/// writes and views.
void call_whole(const c10::OperatorHandle& op, torch::jit::Stack& stack);

}  // namespace roundtrip
