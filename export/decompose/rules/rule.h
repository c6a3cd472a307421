#pragma once

#include <ATen/ATen.h>
#include <roundtrip/decompositions.h>

#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// What rules are written with.

namespace roundtrip {

namespace detail {

inline void push_result(torch::jit::Stack& stack, at::Tensor result) {
  stack.emplace_back(std::move(result));
}
inline void push_result(torch::jit::Stack& stack, std::vector<at::Tensor> results) {
  stack.emplace_back(std::move(results));
}
template <typename... Tensors>
void push_result(torch::jit::Stack& stack, std::tuple<Tensors...> results) {
  std::apply([&](auto&... result) { (stack.emplace_back(std::move(result)), ...); }, results);
}

template <typename R, typename... Args, std::size_t... I>
void call_unboxed(R (*function)(Args...), torch::jit::Stack& stack, std::index_sequence<I...>) {
  const torch::jit::Stack arguments = torch::jit::pop(stack, sizeof...(Args));
  push_result(stack, function(arguments[I].template to<std::decay_t<Args>>()...));
}

/// Casts a rule's arguments, the last `count` of the stack, to the type that it computes in: that
/// of the one that they have in common. Leaves whole numbers. Returns what its results are to be
/// cast to.
std::optional<c10::ScalarType> promote(torch::jit::Stack& stack, std::size_t count);
/// Casts results, which are the stack's values from `first` on.
void demote_to(c10::ScalarType dtype, torch::jit::Stack& stack, std::size_t first);

template <typename R, typename... Args>
DecompositionTable::Rule make_rule(R (*function)(Args...)) {
  return [function](torch::jit::Stack& stack) {
    call_unboxed(function, stack, std::index_sequence_for<Args...>());
  };
}

template <typename R, typename... Args>
DecompositionTable::Rule make_opmath_rule(R (*function)(Args...)) {
  return [function](torch::jit::Stack& stack) {
    const std::size_t first = stack.size() - sizeof...(Args);
    const auto dtype = promote(stack, sizeof...(Args));
    call_unboxed(function, stack, std::index_sequence_for<Args...>());
    if (dtype) demote_to(*dtype, stack, first);
  };
}

}  // namespace detail

/// The type in which Python computes on numbers of this type: single precision for half.
c10::ScalarType computing_type(c10::ScalarType dtype);

/// A rule that calls a function or a lambda without captures, which takes all of the operator's
/// arguments and gives its results.
template <typename F>
DecompositionTable::Rule rule(F function) {
  return detail::make_rule(+function);
}

/// Likewise, computed in the type that the arguments have in common, in single precision where
/// that is of half precision: as Python's table has it for most operators on each element.
template <typename F>
DecompositionTable::Rule opmath_rule(F function) {
  return detail::make_opmath_rule(+function);
}

using Sizes = std::vector<c10::SymInt>;

/// A number in a tensor's place, as Python's `1 - x` has it.
at::Tensor wrapped_number(const at::Scalar& number);

/// Arithmetic with a number in the second tensor's place, as Python's operators have it:
/// `aten.add.Tensor(x, 1)`.
at::Tensor plus(const at::Tensor& x, const at::Scalar& number);
at::Tensor minus(const at::Tensor& x, const at::Scalar& number);
at::Tensor times(const at::Tensor& x, const at::Scalar& number);
at::Tensor over(const at::Tensor& x, const at::Scalar& number);

/// `aten.scalar_tensor` of the dtype and device of `like`.
at::Tensor number_like(const at::Scalar& number, const at::Tensor& like);

/// `aten.full` with every option given.
at::Tensor full_of(const Sizes& sizes, const at::Scalar& value, c10::ScalarType dtype,
                   c10::Device device = at::kCPU);

/// `aten.arange.start_step` from `start` up to `end`.
at::Tensor range(const at::Scalar& start, const at::Scalar& end,
                 std::optional<c10::ScalarType> dtype = std::nullopt);

/// The tensor in this type: itself, or `aten._to_copy`.
inline at::Tensor in_type(const at::Tensor& tensor, c10::ScalarType dtype) {
  return tensor.scalar_type() == dtype ? tensor : at::_to_copy(tensor, at::TensorOptions(dtype));
}

/// Python computes functions of integers whose results are real in the default type.
inline at::Tensor in_real_type(const at::Tensor& tensor) {
  const bool whole = at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true);
  return whole ? in_type(tensor, c10::typeMetaToScalarType(at::get_default_dtype())) : tensor;
}

}  // namespace roundtrip
