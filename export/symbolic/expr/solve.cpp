#include "export/symbolic/expr/solve.h"

#include <algorithm>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/relations.h"
#include "export/symbolic/expr/terms.h"

namespace roundtrip {

namespace {

Expr related(ExprKind kind, Expr left, Expr right) {
  return {kind, {}, {}, {std::move(left), std::move(right)}};
}

/// The terms with the target on the left, all others on the right.
Expr gathered(const Expr& relation, const Expr& target) {
  std::vector<Expr> left, right;
  for (const auto& term : terms_of(relation.children[0])) {
    has(term, target) ? left.push_back(term) : right.push_back(negate(term));
  }
  for (const auto& term : terms_of(relation.children[1])) {
    has(term, target) ? left.push_back(negate(term)) : right.push_back(term);
  }
  return related(relation.kind, sum(std::move(left)), sum(std::move(right)));
}

/// `3*x*y < r` as `x < r/(3*y)`.
std::optional<Expr> divide_by_factors(const Expr& relation, const Expr& target) {
  std::vector<Expr> others;
  for (const auto& factor : factors_of(relation.children[0])) {
    if (!same(factor, target)) others.push_back(factor);
  }
  auto divisor = product(std::move(others));
  if (has(divisor, target)) return {};
  auto maximum = assumed_maximum(divisor);
  bool negative = maximum && *maximum < 0;
  if (!negative && !is_assumed_positive(divisor)) return {};
  auto quotient = divide_exactly(relation.children[1], divisor);
  if (!quotient) return {};
  if (negative) return reversed(related(relation.kind, *quotient, target));
  return related(relation.kind, target, *quotient);
}

/// `x // 2 >= n` as `x >= 2*n`, and so on for the other orders.
std::optional<Expr> undo_floor_div(const Expr& relation, const Expr& target) {
  const auto& division = relation.children[0];
  const auto& divisor = division.children[1];
  const auto& right = relation.children[1];
  if (!is_integer(divisor) || integer_value(divisor) <= 0) return {};
  switch (relation.kind) {
    case ExprKind::greater_equal:
    case ExprKind::less:
      return solve_for(related(relation.kind, division.children[0], multiply(right, divisor)),
                       target);
    case ExprKind::greater:
      return solve_for(related(ExprKind::greater_equal, division.children[0],
                               multiply(add(right, integer(1)), divisor)),
                       target);
    case ExprKind::less_equal:
      return solve_for(
          related(ExprKind::less, division.children[0], multiply(add(right, integer(1)), divisor)),
          target);
    default:
      return {};
  }
}

}  // namespace

std::optional<Expr> solve_for(const Expr& relation, const Expr& target) {
  if (!is_relation(relation)) return {};
  // Python gives up here, which leaves `x == 2*x - 6` a guard.
  if (has(relation.children[0], target) && has(relation.children[1], target)) return {};
  auto gathered_relation = gathered(relation, target);
  const auto& left = gathered_relation.children[0];
  if (same(left, target)) return gathered_relation;
  if (left.kind == ExprKind::floor_div && !has(left.children[1], target)) {
    return undo_floor_div(gathered_relation, target);
  }
  if (left.kind != ExprKind::mul) return {};
  return divide_by_factors(gathered_relation, target);
}

bool has(const Expr& expr, const Expr& part) {
  return same(expr, part) || std::any_of(expr.children.begin(), expr.children.end(),
                                         [&](const Expr& child) { return has(child, part); });
}

bool has(const Expr& expr, ExprKind kind) {
  return expr.kind == kind || std::any_of(expr.children.begin(), expr.children.end(),
                                          [&](const Expr& child) { return has(child, kind); });
}

}  // namespace roundtrip
