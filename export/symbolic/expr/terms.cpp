#include "export/symbolic/expr/terms.h"

#include <algorithm>
#include <numeric>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"

namespace roundtrip {

namespace {

/// The exponent if it is a number.
std::pair<Expr, std::int64_t> base_and_exponent(const Expr& factor) {
  if (factor.kind == ExprKind::pow && is_integer(factor.children[1])) {
    return {factor.children[0], integer_value(factor.children[1])};
  }
  return {factor, 1};
}

/// `factors` without one that equals `divisor`, or with its power lowered.
bool cancel(std::vector<Expr>& factors, const Expr& divisor) {
  auto [base, exponent] = base_and_exponent(divisor);
  for (auto& factor : factors) {
    auto [own_base, own_exponent] = base_and_exponent(factor);
    if (!same(own_base, base) || own_exponent < exponent) continue;
    factor = power(own_base, integer(own_exponent - exponent));
    return true;
  }
  return false;
}

std::optional<Expr> divide_term(const Expr& term, const Expr& divisor) {
  auto [coefficient, rest] = split_coefficient(term);
  auto [by, by_rest] = split_coefficient(divisor);
  if (!is_integer(coefficient) || !is_integer(by) || is_integer(by, 0)) return {};
  auto value = integer_value(coefficient), number = integer_value(by);
  if (python::modulo(value, number) != 0 || !is_integer_valued(rest)) return {};
  auto factors = factors_of(rest);
  if (!is_integer(by_rest, 1)) {
    for (const auto& factor : factors_of(by_rest)) {
      if (!cancel(factors, factor)) return {};
    }
  }
  factors.push_back(integer(fitting(python::floor_divide(value, number))));
  return product(std::move(factors));
}

}  // namespace

std::vector<Expr> terms_of(const Expr& expr) {
  return expr.kind == ExprKind::add ? expr.children : std::vector{expr};
}

std::vector<Expr> factors_of(const Expr& expr) {
  return expr.kind == ExprKind::mul ? expr.children : std::vector{expr};
}

Term split_coefficient(const Expr& expr) {
  if (is_number(expr)) return {expr, integer(1)};
  if (expr.kind != ExprKind::mul || !is_number(expr.children[0])) return {integer(1), expr};
  if (expr.children.size() == 2) return {expr.children[0], expr.children[1]};
  Expr rest{ExprKind::mul, {}, {}, {expr.children.begin() + 1, expr.children.end()}};
  return {expr.children[0], std::move(rest)};
}

std::optional<LinearForm> linear_form(const Expr& expr) {
  LinearForm form;
  for (const auto& term : terms_of(expr)) {
    const auto [coefficient, rest] = split_coefficient(term);
    if (!is_integer(coefficient)) return {};
    if (is_integer(rest, 1)) {
      form.offset = integer_value(coefficient);
    } else if (rest.kind == ExprKind::symbol && form.factor == 0) {
      form.factor = integer_value(coefficient);
    } else {
      return {};
    }
  }
  return form;
}

std::int64_t integer_content(const Expr& expr) {
  std::int64_t content = 0;
  for (const auto& term : terms_of(expr)) {
    auto coefficient = split_coefficient(term).coefficient;
    content = std::gcd(content, is_integer(coefficient) ? integer_value(coefficient) : 1);
  }
  return content;
}

std::optional<Expr> divide_exactly(const Expr& a, const Expr& b) {
  if (same(a, b)) return integer(1);
  std::vector<Expr> quotients;
  for (const auto& term : terms_of(a)) {
    auto quotient = divide_term(term, b);
    if (!quotient) return {};
    quotients.push_back(std::move(*quotient));
  }
  return sum(std::move(quotients));
}

bool contains(const std::vector<Expr>& exprs, const Expr& wanted) {
  return std::any_of(exprs.begin(), exprs.end(),
                     [&](const Expr& expr) { return same(expr, wanted); });
}

}  // namespace roundtrip
