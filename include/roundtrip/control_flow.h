#pragma once

#include <roundtrip/callable.h>
#include <roundtrip/value.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

/// Control flow that a program can hold: `torch.cond`, `torch.while_loop`,
/// `torch._higher_order_ops.map` and `scan`. Outside of a capture each just runs.
/// While a model is exported each becomes one higher-order operator whose branches
/// and bodies are graphs; all of them run then, on this run's data (a body up to
/// some hundred times), so they must have no side effects. Tensors and sizes that a
/// function captures (parameters, results of forward) become operands; integers that
/// data decides only with `strict`, floats never, as in Python. A function must not
/// write to its arguments or to captured tensors, and must return new tensors: no
/// views of those. What cannot be captured is a `CaptureError`.

namespace roundtrip {

/// A branch or body: takes its arguments, returns a tree of tensors.
using GraphFunction = std::function<Value(const Values&)>;

/// Along which dimension `scan` runs, and from which end.
struct ScanOptions {
  std::int64_t dim = 0;
  bool reverse = false;
};

namespace detail {

Value cond(const Value& predicate, const GraphFunction& if_true, const GraphFunction& if_false,
           const Values& operands);
Value while_loop(const GraphFunction& condition, const GraphFunction& body, const Values& carried);
Value map(const GraphFunction& body, const Value& xs, const Values& args);
Value scan(const GraphFunction& combine, const Value& init, const Value& xs, ScanOptions options);

/// Throws `InputError`: the function has another number of parameters.
[[noreturn]] void throw_count_error(std::size_t parameters, std::size_t arguments);

template <typename F>
inline constexpr bool takes_values = std::is_invocable_r_v<Value, F&, const Values&>;

template <typename F>
struct FunctionTraits {
  template <typename R, typename... Args>
  static std::type_identity<std::remove_cvref_t<R>> result(R (*)(Args...));
  using Result = typename decltype(result(static_cast<SignatureOf<F>*>(nullptr)))::type;
};
/// What a branch or body returns, and the operator with it.
template <typename F>
using ResultOf = typename FunctionTraits<F>::Result;

template <typename F>
GraphFunction graph_function(F function) {
  if constexpr (takes_values<F>) {
    return function;
  } else {
    using Adapter = CallAdapter<F>;
    auto shared = std::make_shared<F>(std::move(function));
    return [shared](const Values& args) {
      const std::size_t count = Adapter::parameters().may_be_missing.size();
      if (args.size() != count) throw_count_error(count, args.size());
      return Adapter::call(*shared, args);
    };
  }
}

template <typename T>
inline constexpr bool is_sequence = std::same_as<T, Value>;
template <typename... Ts>
inline constexpr bool is_sequence<std::tuple<Ts...>> = true;
template <typename First, typename Second>
inline constexpr bool is_sequence<std::pair<First, Second>> = true;
template <typename T>
inline constexpr bool is_sequence<std::vector<T>> = true;

/// A loop's result is a tuple; a body that returns one tensor gets just that.
template <typename T>
T loop_result(const Value& result) {
  if constexpr (is_sequence<T>) {
    return Convert<T>::from_value(result);
  } else {
    return Convert<T>::from_value(result[0]);
  }
}

}  // namespace detail

/// `if_true(operands...)` if the predicate, a boolean, a condition on sizes or a tensor
/// with one element, is true, otherwise `if_false(operands...)`. Operands are trees of
/// tensors. Both functions return the same structure, with tensors of the same type and
/// number of dimensions: a size that differs is a new symbol for what follows, with the
/// bounds of both. Integers that differ (constants in each branch) are one, too.
/// A plain boolean chooses when the model is captured.
template <typename T, typename F>
detail::ResultOf<T> cond(const Value& predicate, T if_true, F if_false,
                         const Values& operands = {}) {
  return Convert<detail::ResultOf<T>>::from_value(
      detail::cond(predicate, detail::graph_function(std::move(if_true)),
                   detail::graph_function(std::move(if_false)), operands));
}

/// `carried = body(carried...)` as long as `condition(carried...)`, a boolean tensor
/// without dimensions or a condition on sizes, is true. Tensors and symbolic integers are
/// carried; the body returns as many, with the same types, shapes and strides. Gives the
/// last ones, copies if there was no iteration.
template <typename C, typename B>
detail::ResultOf<B> while_loop(C condition, B body, const Values& carried) {
  return detail::loop_result<detail::ResultOf<B>>(
      detail::while_loop(detail::graph_function(std::move(condition)),
                         detail::graph_function(std::move(body)), carried));
}

/// `body(slice, args...)` for each slice along dimension 0 of the tensors in `xs`; the
/// results are stacked, so they have one shape, which data must not decide. `args` are
/// trees of tensors.
template <typename B>
detail::ResultOf<B> map(B body, const Value& xs, const Values& args = {}) {
  return Convert<detail::ResultOf<B>>::from_value(
      detail::map(detail::graph_function(std::move(body)), xs, args));
}

/// `(carry, y) = combine(carry, slice)` for each slice of the tensors in `xs`, starting
/// from `init`. Gives the last carry and the stacked `y`.
template <typename F>
detail::ResultOf<F> scan(F combine, const Value& init, const Value& xs, ScanOptions options = {}) {
  return Convert<detail::ResultOf<F>>::from_value(
      detail::scan(detail::graph_function(std::move(combine)), init, xs, options));
}

}  // namespace roundtrip
