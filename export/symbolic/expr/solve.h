#pragma once

#include <optional>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// `relation` with `target`, a symbol or a Mod, alone on the left side. Nothing if it
/// is not linear in it or the right side would not be whole. Python's `try_solve`.
std::optional<Expr> solve_for(const Expr& relation, const Expr& target);

/// Whether `part` is somewhere in `expr`.
bool has(const Expr& expr, const Expr& part);
bool has(const Expr& expr, ExprKind kind);

}  // namespace roundtrip
