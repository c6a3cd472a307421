#pragma once

#include "export/symbolic/expr/expr.h"

/// Rewriting of conditions.
namespace roundtrip {

bool is_relation(const Expr& expr);

/// `a < b` as `b > a`.
Expr reversed(const Expr& relation);
/// `a < b` as `a >= b`.
Expr negated(const Expr& relation);

/// SymPy's `canonical`: numbers on the right, no leading minus, otherwise in order of
/// arguments.
Expr canonical_relation(const Expr& relation);

/// `2*x + 1 < 7` as `x < 3`, where the numbers stay whole.
Expr without_coefficients(const Expr& relation);

}  // namespace roundtrip
