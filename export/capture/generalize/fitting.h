#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// Sizes of the inputs at which forward ran, by the names of their symbols.
using Points = std::vector<Bindings>;

/// The expressions of sizes that have these values at the points, the simplest first. They are
/// made of `atoms`: an atom, multiples and sums of two of them, products of up to three, quotients
/// by small numbers and by each other, with whole coefficients. None if nothing of that kind fits.
std::vector<Expr> fitting_expressions(const std::vector<std::int64_t>& values,
                                      const std::vector<Expr>& atoms, const Points& points);

/// What it is at a point; nothing if it cannot be computed there.
std::optional<std::int64_t> value_at(const Expr& expr, const Bindings& point);

}  // namespace roundtrip
