#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <c10/core/SymInt.h>

#include <functional>
#include <string>
#include <vector>

namespace roundtrip {

/// One of the integers that a call is given, and what to call it with instead. `formal` is the
/// argument that it is, or is in a list of.
using MapInteger =
    std::function<c10::SymInt(const c10::SymInt& number, const c10::Argument& formal)>;

/// Visits the integers of a call that sizes may decide, in order: whole numbers, scalars and lists
/// of integers, but no unbacked ones, and no dtypes and the like.
void map_integers(const c10::FunctionSchema& schema, std::vector<c10::IValue>& arguments,
                  const MapInteger& map);

/// Whether an argument may be symbolic, or a list of symbolic numbers.
bool takes_symbols(const c10::Argument& formal);

/// The call without those integers, each of which is `#`: `aten::view(%x, [#, #])`. `value_text`
/// says which value a tensor is.
std::string text_without_integers(const c10::FunctionSchema& schema,
                                  const std::vector<c10::IValue>& arguments,
                                  const std::function<std::string(const at::Tensor&)>& value_text);

}  // namespace roundtrip
