#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace roundtrip {

/// What a node of an expression is. Beyond literals and symbols, the names are
/// SymPy's and those of `torch.utils._sympy.functions`.
enum class ExprKind {
  integer,
  floating,
  boolean,
  symbol,
  int_infinity,  ///< `int_oo`, beyond every integer; its value is 1, or -1 for `-int_oo`
  rational,      ///< children: numerator, denominator, both integers
  add,
  mul,
  pow,
  max,
  min,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_not,
  piecewise,       ///< children: expr_cond_pair
  expr_cond_pair,  ///< children: value, condition
  floor_div,
  clean_div,
  ceil_div,
  mod,  ///< of non-negative numbers
  python_mod,
  modular_indexing,
  int_true_div,
  float_true_div,
  float_pow,
  square_root,
  pow_by_natural,
  left_shift,
  right_shift,
  to_float,
  trunc_to_float,
  trunc_to_int,
  ceil_to_int,
  floor_to_int,
  floor,    ///< SymPy's own, to an integer
  ceiling,  ///< the same
  round_to_int,
  round_decimal,
  where,
  identity,
  absolute,
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  non_overlapping_and_dense,  ///< can be carried and printed, not evaluated
};

/// A number as Python has it.
using Number = std::variant<std::int64_t, double, bool>;

/// What SymPy is told of a symbol. It decides what is simplified when expressions
/// are made, and stands in the file.
enum class Assumptions {
  none,              ///< a float taken from data
  integer,           ///< an integer input, or one taken from data
  positive_integer,  ///< a size of an input
  real,              ///< a float input
};

/// A symbolic expression: a size, or a condition on sizes. A tree owned by value.
struct Expr {
  ExprKind kind = ExprKind::integer;
  Number value = std::int64_t{0};  ///< of an integer, floating, boolean or infinity
  std::string name;                ///< of a symbol
  std::vector<Expr> children;
  Assumptions assumptions = Assumptions::none;  ///< of a symbol
};

/// The value of each symbol, by name.
using Bindings = std::unordered_map<std::string, Number>;

/// Reads SymPy's `srepr` text, the way a file spells expressions. The text is
/// untrusted: nothing is evaluated, length and nesting are limited. Throws
/// `ProgramError` with the character where it went wrong.
Expr parse_srepr(std::string_view text);

/// The value under Python's rules; integers are 64 bit wide. Throws
/// `ProgramError` for a symbol without a value, a division by zero and a result
/// that does not fit.
Number evaluate(const Expr& expr, const Bindings& bindings);

/// As Python's `str(expr)`: `s77 + 1`, `((s0//2))`, `Eq(s0, 4)`.
std::string to_string(const Expr& expr);

}  // namespace roundtrip
