#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <roundtrip/value.h>
#include "export/graph/schema.h"

#include <functional>
#include <string>
#include <vector>

namespace roundtrip {

/// Name in the graph of a tensor that an operator was given.
using ValueName = std::function<std::string(const at::Tensor&)>;
/// A symbolic number that an operator was given, as the graph's value.
using NumberArgument = std::function<schema::Argument(const c10::SymNode&)>;

/// The arguments of a call as Python's serializer writes them: named by the
/// schema, positional ones without trailing defaults, keyword-only ones without
/// any. Throws `UnsupportedError` for a kind of argument the format lacks.
std::vector<schema::NamedArgument> named_arguments(const c10::FunctionSchema& schema,
                                                   c10::ArrayRef<c10::IValue> values,
                                                   const ValueName& value_name,
                                                   const NumberArgument& number_argument = {});

/// True for a tensor that only stands for a number, `1` in `x + 1`.
bool is_wrapped_number(const at::Tensor& tensor);

/// Calls `visit` for each name of a tensor or number in `argument`, subgraphs left out.
void visit_value_names(schema::Argument& argument, const std::function<void(std::string&)>& visit);

/// A leaf that is no tensor, as an argument. Throws `UnsupportedError`, naming `what`
/// it is, for one that a program cannot hold.
schema::Argument constant_argument(const Value& leaf, const std::string& what);

}  // namespace roundtrip
