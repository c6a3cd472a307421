#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>
#include <ATen/core/symbol.h>
#include "export/torchscript/graphs/jit.h"

#include <optional>

namespace roundtrip {

/// What an operator of that kind says about lists of ints some of which are symbols: whether
/// two are equal, whether one has an int, its least and greatest item, its sum. Comparisons are
/// guards. Nothing for other operators, or if no int is a symbol.
std::optional<c10::IValue> answer_about_lists(c10::Symbol kind, const jit::Stack& arguments);

}  // namespace roundtrip
