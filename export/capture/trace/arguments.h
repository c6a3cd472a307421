#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <roundtrip/graph.h>
#include <roundtrip/value.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// The graph's value for a tensor that an operator was given.
using TensorValue = std::function<GraphValue&(const at::Tensor&)>;
/// A symbolic number that an operator was given, as the graph has it.
using NumberArgument = std::function<Argument(const c10::SymNode&)>;

/// The arguments of a call as Python's serializer writes them: named by the
/// schema, positional ones without trailing defaults, keyword-only ones without
/// any. Throws `UnsupportedError` for a kind of argument the format lacks.
std::vector<NamedArgument> named_arguments(const c10::FunctionSchema& schema,
                                           c10::ArrayRef<c10::IValue> values,
                                           const TensorValue& tensor_value,
                                           const NumberArgument& number_argument = {});

/// True for a tensor that only stands for a number, `1` in `x + 1`.
bool is_wrapped_number(const at::Tensor& tensor);

/// A number or truth value that an expression is; nothing for one with symbols.
std::optional<Argument> literal_argument(const Expr& expr);

/// A leaf that is no tensor, as an argument. Throws `UnsupportedError`, naming `what`
/// it is, for one that a program cannot hold.
Argument constant_argument(const Value& leaf, const std::string& what);

}  // namespace roundtrip
