#pragma once

#include <ATen/core/ivalue.h>

#include <string>

/// Python's operators on plain numbers: ints, floats and bools.
namespace roundtrip {

/// Reads as many arguments as the operator takes. Throws `Error` as Python would raise,
/// and where an integer does not fit 64 bits.
using NumberFunction = c10::IValue (*)(const c10::IValue* args);

/// The function of a target of the graph: `_operator.add`. It has to be one.
NumberFunction number_function(const std::string& target);

/// Throws `Error` for anything else than an int, float or bool.
void require_number(const c10::IValue& value);

}  // namespace roundtrip
