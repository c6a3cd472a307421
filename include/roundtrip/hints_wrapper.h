#pragma once

#include <roundtrip/control_flow.h>

#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

/// What a part of a model tells a compiler's backend: names, each with a number, truth value
/// or text.
using Hints = std::vector<std::pair<std::string, Value>>;

namespace detail {
Value hints_wrapper(const GraphFunction& body, const Values& args, const Hints& hints);
}  // namespace detail

/// `body(args...)`, which a program keeps as a graph of its own, with the hints beside it:
/// Python's higher-order operator `hints_wrapper`. What holds for functions of control flow
/// (`roundtrip/control_flow.h`) holds for the body. `args` are tensors. Throws `InputError`
/// for other arguments, and for a hint of another kind.
template <typename F>
detail::ResultOf<F> hints_wrapper(F body, const Values& args, const Hints& hints) {
  return Convert<detail::ResultOf<F>>::from_value(
      detail::hints_wrapper(detail::graph_function(std::move(body)), args, hints));
}

}  // namespace roundtrip
