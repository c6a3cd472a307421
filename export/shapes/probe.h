#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "export/shapes/rules.h"
#include "export/shapes/shapes.h"

namespace roundtrip::shapes {

/// Runs the operator on random data at other values of the symbols, fits a formula to
/// each size of its results (affine, with a rounded quotient, or of products) and
/// verifies it at further points. Nothing if no formula fits, or if the operator has
/// effects or draws random numbers.
std::optional<Shapes> probe(const c10::OperatorHandle& op, const Call& call,
                            const std::vector<at::Tensor>& results, const SymbolPoints& points);

}  // namespace roundtrip::shapes
