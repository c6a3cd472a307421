#pragma once

#include <utility>
#include <vector>

#include "export/symbolic/expr/expr.h"

/// Forms of conditions in which one that is known is found in another.
namespace roundtrip {

/// Python's `canonicalize_bool_expr`: less, less_equal, equal and not_equal only, in
/// lowest terms, negative terms moved over; Not driven inwards. Not evaluated.
Expr canonical_condition(const Expr& condition);

/// What is true or false when `condition` holds, in the form above; Python's
/// `get_implications`.
std::vector<std::pair<Expr, bool>> implications(const Expr& condition);

}  // namespace roundtrip
