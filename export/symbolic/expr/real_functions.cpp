#include <roundtrip/error.h>

#include <cmath>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"

/// Functions to and from floats: carried out on literals, otherwise left alone, since
/// what holds for real numbers need not hold for floats.
namespace roundtrip {

namespace {

template <double (*kRound)(double)>
Expr round_with(ExprKind kind, const Expr& a) {
  if (is_integer(a)) return a;
  if (is_number(a)) return integer(fitting(python::to_integer(kRound(real_value(a)))));
  return {kind, {}, {}, {a}};
}

void check_divisor(const Expr& divisor) {
  if (is_number(divisor) && real_value(divisor) == 0) throw ProgramError("division by zero");
}

}  // namespace

Expr float_power(const Expr& base, const Expr& exponent) {
  if (is_number(base) && is_number(exponent)) {
    return floating(std::pow(real_value(base), real_value(exponent)));
  }
  return {ExprKind::float_pow, {}, {}, {base, exponent}};
}

Expr int_true_divide(const Expr& a, const Expr& b) {
  check_divisor(b);
  if (is_integer(a) && is_integer(b)) {
    return floating(python::true_divide(integer_value(a), integer_value(b)));
  }
  return {ExprKind::int_true_div, {}, {}, {a, b}};
}

Expr float_true_divide(const Expr& a, const Expr& b) {
  check_divisor(b);
  if (is_number(a) && is_number(b)) return floating(real_value(a) / real_value(b));
  return {ExprKind::float_true_div, {}, {}, {a, b}};
}

Expr to_float(const Expr& a) {
  if (a.kind == ExprKind::floating) return a;
  if (is_integer(a)) return floating(real_value(a));
  return {ExprKind::to_float, {}, {}, {a}};
}

Expr trunc_to_int(const Expr& a) {
  return round_with<std::trunc>(ExprKind::trunc_to_int, a);
}

Expr ceil_to_int(const Expr& a) {
  return round_with<std::ceil>(ExprKind::ceil_to_int, a);
}

Expr floor_to_int(const Expr& a) {
  return round_with<std::floor>(ExprKind::floor_to_int, a);
}

Expr round_to_int(const Expr& a) {
  return round_with<std::nearbyint>(ExprKind::round_to_int, a);
}

Expr square_root(const Expr& a) {
  if (is_number(a) && real_value(a) >= 0) return floating(std::sqrt(real_value(a)));
  return {ExprKind::square_root, {}, {}, {a}};
}

}  // namespace roundtrip
