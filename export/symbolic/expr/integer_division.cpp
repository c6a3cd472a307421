#include <roundtrip/error.h>

#include <numeric>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/terms.h"

/// FloorDiv, Mod and PythonMod, simplified as `torch.utils._sympy.functions` does.
namespace roundtrip {

namespace {

void check_divisor(const Expr& divisor, const char* what) {
  if (is_integer(divisor, 0)) throw ProgramError(std::string(what) + " by zero");
}

/// `(x + y) // b` is `x // b + y / b` where `b` divides `y`.
std::optional<Expr> split_dividable_terms(const Expr& base, const Expr& divisor) {
  if (!is_integer(divisor)) return {};
  std::vector<Expr> quotients, remaining;
  for (const auto& term : terms_of(base)) {
    if (auto quotient = divide_exactly(term, divisor)) {
      quotients.push_back(std::move(*quotient));
    } else {
      remaining.push_back(term);
    }
  }
  if (quotients.empty()) return {};
  quotients.push_back(floor_divide(sum(std::move(remaining)), divisor));
  return sum(std::move(quotients));
}

/// The factors, and the integer, that all terms of both have in common; 1 of what is no
/// integer.
Expr common_divisor(const Expr& base, const Expr& divisor) {
  auto content = std::gcd(integer_content(base), integer_content(divisor));
  auto rest = divide_exactly(divisor, integer(content));
  if (!rest) return integer(1);
  std::vector<Expr> common{integer(content)};
  for (const auto& factor : factors_of(*rest)) {
    if (is_number(factor)) continue;
    bool in_all = true;
    for (const auto& term : terms_of(base)) {
      bool found = false;
      for (const auto& own : factors_of(term)) found = found || same(own, factor);
      in_all = in_all && found;
    }
    if (in_all) common.push_back(factor);
  }
  return product(std::move(common));
}

/// A sum whose terms share factors as those factors times a smaller sum, which is the
/// shorter text.
Expr factored(const Expr& expr) {
  if (expr.kind != ExprKind::add) return expr;
  for (const auto& factor : factors_of(split_coefficient(expr.children.back()).rest)) {
    if (is_number(factor)) continue;
    auto inner = divide_exactly(expr, factor);
    if (inner) return multiply(factor, factored(*inner));
  }
  return expr;
}

/// A divisor that is a sum and divides the base as a polynomial: `2*(x + 1) // (x + 1)`.
std::optional<Expr> multiple_of_sum(const Expr& base, const Expr& divisor) {
  if (divisor.kind != ExprKind::add || base.kind != ExprKind::add) return {};
  auto factor = split_coefficient(base.children.back()).coefficient;
  auto by = split_coefficient(divisor.children.back()).coefficient;
  if (!is_integer(factor) || !is_integer(by)) return {};
  auto number = integer_value(factor), divided_by = integer_value(by);
  if (divided_by == 0 || python::modulo(number, divided_by) != 0) return {};
  auto quotient = integer(fitting(python::floor_divide(number, divided_by)));
  if (same(multiply(quotient, divisor), base)) return quotient;
  return {};
}

Expr reduced_floor_divide(const Expr& base, const Expr& divisor) {
  auto common = common_divisor(base, divisor);
  if (is_integer(common, 1)) {
    if (auto quotient = multiple_of_sum(base, divisor)) return *quotient;
    return {ExprKind::floor_div, {}, {}, {base, divisor}};
  }
  auto smaller = divide_exactly(base, common), smaller_divisor = divide_exactly(divisor, common);
  if (!smaller || !smaller_divisor) return {ExprKind::floor_div, {}, {}, {base, divisor}};
  return floor_divide(factored(*smaller), factored(*smaller_divisor));
}

/// What Mod and PythonMod have in common; nothing if no rule applies.
std::optional<Expr> simple_remainder(const Expr& a, const Expr& b) {
  if (is_integer(a, 0) || same(a, b) || same(a, negate(b)) || is_integer(b, 1)) return integer(0);
  if (is_integer(a) && is_integer(b)) {
    return integer(python::modulo(integer_value(a), integer_value(b)));
  }
  if (is_integer(b, 2)) {
    if (auto even = is_even(a)) return integer(*even ? 0 : 1);
  }
  bool one_term = a.kind != ExprKind::add || is_integer(b);
  if (one_term && divide_exactly(a, b)) return integer(0);
  bool same_sign = is_assumed_positive(a) && is_assumed_positive(b);
  if (same_sign && is_boolean(less(a, b), true)) return a;
  return {};
}

}  // namespace

Expr floor_divide(const Expr& a, const Expr& b) {
  check_divisor(b, "division");
  if (is_integer(a, 0)) return integer(0);
  if (is_integer(b, 1) && is_integer_valued(a)) return a;
  if (is_integer(b, -1) && is_integer_valued(a)) return negate(a);
  if (same(a, b)) return integer(1);
  if (is_integer(a) && is_integer(b)) {
    return integer(fitting(python::floor_divide(integer_value(a), integer_value(b))));
  }
  if (a.kind == ExprKind::floor_div) {
    return floor_divide(a.children[0], multiply(a.children[1], b));
  }
  if (auto split = split_dividable_terms(a, b)) return *split;
  return reduced_floor_divide(a, b);
}

Expr natural_modulo(const Expr& a, const Expr& b) {
  check_divisor(b, "modulo");
  if (auto simple = simple_remainder(a, b)) return *simple;
  return {ExprKind::mod, {}, {}, {a, b}};
}

Expr python_modulo(const Expr& a, const Expr& b) {
  check_divisor(b, "modulo");
  if (auto simple = simple_remainder(a, b)) return *simple;
  if (divide_exactly(a, b)) return integer(0);
  return {ExprKind::python_mod, {}, {}, {a, b}};
}

Expr modulo(const Expr& a, const Expr& b) {
  bool natural = is_assumed_nonnegative(a) && is_assumed_nonnegative(b);
  return natural ? natural_modulo(a, b) : python_modulo(a, b);
}

}  // namespace roundtrip
