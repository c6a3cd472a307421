#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

namespace roundtrip {

/// Turns a value into one that an operator's argument of some type takes, boxed.
/// Throws `Error` ("is a String") if it cannot be one.
using Conversion = c10::IValue (*)(const c10::IValue& value);

/// The conversion to a type: an int becomes a float or a Tensor where Python's
/// argument parser would make it one. Throws `Error` for types whose values no
/// program can give (storages, generators, ...).
Conversion conversion_to(const c10::Type& type);

/// The element type by which the dispatcher knows a list: sizes are boxed as ints.
c10::TypePtr boxed_type(const c10::TypePtr& type);

}  // namespace roundtrip
