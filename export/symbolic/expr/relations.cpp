#include "export/symbolic/expr/relations.h"

#include <algorithm>
#include <cmath>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/sort_key.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

ExprKind mirrored(ExprKind kind) {
  switch (kind) {
    case ExprKind::less:
      return ExprKind::greater;
    case ExprKind::less_equal:
      return ExprKind::greater_equal;
    case ExprKind::greater:
      return ExprKind::less;
    case ExprKind::greater_equal:
      return ExprKind::less_equal;
    default:
      return kind;
  }
}

ExprKind opposite(ExprKind kind) {
  switch (kind) {
    case ExprKind::less:
      return ExprKind::greater_equal;
    case ExprKind::less_equal:
      return ExprKind::greater;
    case ExprKind::greater:
      return ExprKind::less_equal;
    case ExprKind::greater_equal:
      return ExprKind::less;
    case ExprKind::equal:
      return ExprKind::not_equal;
    default:
      return ExprKind::equal;
  }
}

/// What a relation is when the left side is below, at, or above the right one.
bool holds(ExprKind kind, int order) {
  switch (kind) {
    case ExprKind::less:
      return order < 0;
    case ExprKind::less_equal:
      return order <= 0;
    case ExprKind::greater:
      return order > 0;
    case ExprKind::greater_equal:
      return order >= 0;
    case ExprKind::equal:
      return order == 0;
    default:
      return order != 0;
  }
}

/// The answer if it is the same for all differences between the bounds.
std::optional<bool> decide(ExprKind kind, std::optional<std::int64_t> low,
                           std::optional<std::int64_t> high) {
  bool may_be_below = !low || *low < 0, may_be_above = !high || *high > 0;
  bool may_be_equal = (!low || *low <= 0) && (!high || *high >= 0);
  bool may_hold = (may_be_below && holds(kind, -1)) || (may_be_equal && holds(kind, 0)) ||
                  (may_be_above && holds(kind, 1));
  bool may_fail = (may_be_below && !holds(kind, -1)) || (may_be_equal && !holds(kind, 0)) ||
                  (may_be_above && !holds(kind, 1));
  if (may_hold && may_fail) return {};
  return may_hold;
}

bool is_condition(const Expr& expr) {
  return expr.kind == ExprKind::boolean || is_relation(expr) ||
         expr.kind == ExprKind::logical_and || expr.kind == ExprKind::logical_or ||
         expr.kind == ExprKind::logical_not;
}

/// An integer as a float equals one below 2^53 only if it is that number.
bool is_float_of_integer(const Expr& a, const Expr& b) {
  if (a.kind != ExprKind::to_float || b.kind != ExprKind::floating) return false;
  const double value = std::get<double>(b.value);
  return std::abs(value) < 0x1p53 && value == std::trunc(value);
}

Expr relate(ExprKind kind, const Expr& a, const Expr& b) {
  const bool equality = kind == ExprKind::equal || kind == ExprKind::not_equal;
  if (equality && is_float_of_integer(a, b)) {
    const auto number = static_cast<std::int64_t>(std::get<double>(b.value));
    return relate(kind, a.children[0], integer(number));
  }
  if (is_number(a) && is_number(b)) return boolean(holds(kind, compare_numbers(a, b)));
  if (same(a, b)) return boolean(holds(kind, 0));
  bool whole = !is_condition(a) && !is_condition(b) && is_integer_valued(a) && is_integer_valued(b);
  if (whole) {
    auto difference = subtract(a, b);
    auto answer = decide(kind, assumed_minimum(difference), assumed_maximum(difference));
    if (answer) return boolean(*answer);
    if (equality && is_even(difference) == false) return boolean(kind == ExprKind::not_equal);
  }
  return {kind, {}, {}, {a, b}};
}

bool leads_with_minus(const Expr& expr) {
  if (is_number(expr)) return real_value(expr) < 0;
  if (expr.kind == ExprKind::mul) return leads_with_minus(expr.children[0]);
  if (expr.kind != ExprKind::add) return false;
  auto negative = std::count_if(expr.children.begin(), expr.children.end(), leads_with_minus);
  auto positive = static_cast<std::ptrdiff_t>(expr.children.size()) - negative;
  if (positive != negative) return positive < negative;
  return sort_key(expr) < sort_key(negate(expr));
}

Expr with_signs_reversed(const Expr& relation) {
  return relate(mirrored(relation.kind), negate(relation.children[0]),
                negate(relation.children[1]));
}

bool in_order(const Expr& a, const Expr& b) {
  std::vector<Expr> both{a, b};
  sort_arguments(both);
  return same(both[0], a);
}

}  // namespace

bool is_relation(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::equal:
    case ExprKind::not_equal:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      return true;
    default:
      return false;
  }
}

Expr reversed(const Expr& relation) {
  return {mirrored(relation.kind), {}, {}, {relation.children[1], relation.children[0]}};
}

Expr negated(const Expr& relation) {
  return relate(opposite(relation.kind), relation.children[0], relation.children[1]);
}

Expr canonical_relation(const Expr& relation) {
  auto result = relation;
  if (is_condition(result.children[0]) || is_condition(result.children[1])) return result;
  bool reverse =
      !is_number(result.children[1]) &&
      (is_number(result.children[0]) || !in_order(result.children[0], result.children[1]));
  if (reverse) result = reversed(result);
  const auto& left = result.children[0];
  const auto& right = result.children[1];
  if (leads_with_minus(left)) return with_signs_reversed(result);
  if (!is_number(right) && leads_with_minus(right) && !in_order(left, negate(right))) {
    return with_signs_reversed(reversed(result));
  }
  return result;
}

Expr without_coefficients(const Expr& relation) {
  auto result = canonical_relation(relation);
  if (!is_relation(result) || is_condition(result.children[1])) return result;
  auto left = result.children[0];
  auto constant =
      left.kind == ExprKind::add && is_integer(left.children[0]) ? left.children[0] : integer(0);
  auto [coefficient, rest] = split_coefficient(subtract(left, constant));
  auto right = subtract(result.children[1], constant);
  if (is_integer(coefficient, 1)) return relate(result.kind, rest, right);
  auto quotient = divide_exactly(right, coefficient);
  if (!is_integer(coefficient) || !quotient) return result;
  bool flip = integer_value(coefficient) < 0;
  return relate(flip ? mirrored(result.kind) : result.kind, rest, *quotient);
}

Expr equal(const Expr& a, const Expr& b) {
  return relate(ExprKind::equal, a, b);
}

Expr not_equal(const Expr& a, const Expr& b) {
  return relate(ExprKind::not_equal, a, b);
}

Expr less(const Expr& a, const Expr& b) {
  return relate(ExprKind::less, a, b);
}

Expr less_equal(const Expr& a, const Expr& b) {
  return relate(ExprKind::less_equal, a, b);
}

Expr greater(const Expr& a, const Expr& b) {
  return relate(ExprKind::greater, a, b);
}

Expr greater_equal(const Expr& a, const Expr& b) {
  return relate(ExprKind::greater_equal, a, b);
}

}  // namespace roundtrip
