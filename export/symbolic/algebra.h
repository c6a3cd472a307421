#pragma once

#include "export/symbolic/expr.h"

/// Makes expressions in canonical form, as SymPy and `torch.utils._sympy.functions`
/// make them: like terms are collected, products of sums are left as they are,
/// arguments stand in SymPy's order, operations on numbers are carried out. Two
/// sums or products that SymPy finds equal are equal trees.
namespace roundtrip {

Expr integer(std::int64_t value);
Expr floating(double value);
Expr boolean(bool value);
Expr symbol(std::string name);

Expr add(const Expr& a, const Expr& b);
Expr subtract(const Expr& a, const Expr& b);
Expr multiply(const Expr& a, const Expr& b);
Expr negate(const Expr& a);
Expr power(const Expr& base, const Expr& exponent);  ///< of integers, exponent >= 0
Expr float_power(const Expr& base, const Expr& exponent);
Expr floor_divide(const Expr& a, const Expr& b);
Expr modulo(const Expr& a, const Expr& b);  ///< Python's: the divisor's sign
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

/// Same kind, value, name and children.
bool same(const Expr& a, const Expr& b);

/// `expr` with symbols replaced, made canonical again.
Expr substitute(const Expr& expr, const std::unordered_map<std::string, Expr>& replacements);

/// Names of the symbols in it, in order of first appearance.
std::vector<std::string> free_symbols(const Expr& expr);

/// As SymPy's `srepr` writes it, which is how a file spells it.
std::string to_srepr(const Expr& expr);

}  // namespace roundtrip
