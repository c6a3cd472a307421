#pragma once

#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {

/// Evaluates LibTorch's shape function of an operator (a TorchScript graph over lists of
/// integers) with symbolic integers; its comparisons are guards. Nothing if LibTorch has
/// none for the operator. Throws `c10::Error` if the graph does something that is not
/// integer arithmetic, or raises an error.
std::optional<Shapes> run_shape_function(const Call& call);

}  // namespace roundtrip::shapes
