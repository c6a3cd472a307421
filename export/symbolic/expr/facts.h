#pragma once

#include <optional>

#include "export/symbolic/expr/expr.h"

/// What follows from the symbols' assumptions alone: what SymPy knows when it makes an
/// expression. Ranges of a capture are not known here.
namespace roundtrip {

bool is_integer_valued(const Expr& expr);

/// The bound of an expression that whole numbers only come out of; nothing if there
/// is none, or it does not fit.
std::optional<std::int64_t> assumed_minimum(const Expr& expr);
std::optional<std::int64_t> assumed_maximum(const Expr& expr);

bool is_assumed_positive(const Expr& expr);
bool is_assumed_nonnegative(const Expr& expr);

/// Whether it is even, or odd; nothing if that is not known.
std::optional<bool> is_even(const Expr& expr);

}  // namespace roundtrip
