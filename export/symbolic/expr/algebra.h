#pragma once

#include <cstdint>
#include <optional>

#include "export/symbolic/expr/expr.h"

/// Makes expressions in canonical form, as SymPy and `torch.utils._sympy.functions`
/// make them: like terms are collected, products of sums are left as they are,
/// arguments stand in SymPy's order, operations on numbers are carried out. Two
/// sums or products that SymPy finds equal are equal trees.
namespace roundtrip {

Expr integer(std::int64_t value);
Expr floating(double value);
Expr boolean(bool value);
/// With the assumptions that Python gives to symbols of that name: `s` a size, `u` an
/// integer from data, `zf` a float input, `zuf` a float from data.
Expr symbol(std::string name);
Expr symbol(std::string name, Assumptions assumptions);

Expr add(const Expr& a, const Expr& b);
Expr subtract(const Expr& a, const Expr& b);
Expr multiply(const Expr& a, const Expr& b);
Expr negate(const Expr& a);
Expr power(const Expr& base, const Expr& exponent);  ///< of integers, exponent >= 0
Expr float_power(const Expr& base, const Expr& exponent);
Expr floor_divide(const Expr& a, const Expr& b);
/// Python's: the remainder has the divisor's sign. Mod where neither can be negative.
Expr modulo(const Expr& a, const Expr& b);
/// The two that `modulo` chooses from: PythonMod, and Mod, whose arguments have to be
/// known not to be negative, by their assumptions or by the ranges of a capture.
Expr python_modulo(const Expr& a, const Expr& b);
Expr natural_modulo(const Expr& a, const Expr& b);
Expr int_true_divide(const Expr& a, const Expr& b);
Expr float_true_divide(const Expr& a, const Expr& b);
Expr maximum(const Expr& a, const Expr& b);
Expr minimum(const Expr& a, const Expr& b);
Expr to_float(const Expr& a);
Expr trunc_to_int(const Expr& a);
Expr ceil_to_int(const Expr& a);
Expr floor_to_int(const Expr& a);
Expr round_to_int(const Expr& a);
Expr square_root(const Expr& a);

Expr equal(const Expr& a, const Expr& b);
Expr not_equal(const Expr& a, const Expr& b);
Expr less(const Expr& a, const Expr& b);
Expr less_equal(const Expr& a, const Expr& b);
Expr greater(const Expr& a, const Expr& b);
Expr greater_equal(const Expr& a, const Expr& b);
Expr logical_and(const Expr& a, const Expr& b);
Expr logical_or(const Expr& a, const Expr& b);
Expr logical_not(const Expr& a);
Expr if_then_else(const Expr& condition, const Expr& a, const Expr& b);

/// Sums and products of any number, made in one go.
Expr sum(std::vector<Expr> terms);
Expr product(std::vector<Expr> factors);

/// The kind's constructor from above, by its children. For kinds that have none of
/// their own the plain node.
Expr make(ExprKind kind, std::vector<Expr> children);

/// An expression as parsed, made canonical.
Expr canonical(const Expr& expr);

/// Products of sums as sums of products; Python's `safe_expand`.
Expr expand(const Expr& expr);

/// Same kind, value, name and children.
bool same(const Expr& a, const Expr& b);

/// Hash of an expression for containers, where `same` is equality.
struct ExprHash {
  std::size_t operator()(const Expr& expr) const;
};
struct ExprEqual {
  bool operator()(const Expr& a, const Expr& b) const { return same(a, b); }
};

/// `expr` with symbols replaced, made canonical again.
Expr substitute(const Expr& expr, const std::unordered_map<std::string, Expr>& replacements);

/// Names of the symbols in it, in order of first appearance.
std::vector<std::string> free_symbols(const Expr& expr);

/// As SymPy's `srepr` writes it, which is how a file spells it.
std::string to_srepr(const Expr& expr);

/// The constant by which the symbol is multiplied to give `expr`: 1 if it is the symbol
/// itself. Nothing if it is no multiple of it.
std::optional<std::int64_t> factor_of(const Expr& expr, const Expr& symbol);

}  // namespace roundtrip
