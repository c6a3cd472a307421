#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "export/shapes/shapes.h"

namespace roundtrip::shapes {

using Point = std::vector<std::int64_t>;
/// A size at a point; nothing where the operator does not run.
using Sample = std::function<std::optional<std::int64_t>(const Point&)>;

/// A formula in the symbols that gives the samples: affine, a rounded quotient of
/// something affine, or a product of powers; found around `base` and right at all of
/// `checks`, of which a few at least must have a sample. Nothing if none fits.
std::optional<c10::SymInt> fit(const Sample& sample, const Point& base,
                               const std::vector<Point>& checks, const SymbolPoints& points);

}  // namespace roundtrip::shapes
