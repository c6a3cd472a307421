#include "export/symbolic/sort_key.h"

#include <algorithm>
#include <limits>

#include "export/symbolic/functions.h"
#include "export/symbolic/order.h"

namespace roundtrip {

namespace {

bool is_numeric(const Expr& expr) {
  return expr.kind == ExprKind::integer || expr.kind == ExprKind::floating ||
         expr.kind == ExprKind::rational || expr.kind == ExprKind::int_infinity;
}

double number_value(const Expr& expr) {
  if (expr.kind == ExprKind::rational) {
    return number_value(expr.children[0]) / number_value(expr.children[1]);
  }
  const double value =
      std::visit([](auto number) { return static_cast<double>(number); }, expr.value);
  if (expr.kind == ExprKind::int_infinity) return value * std::numeric_limits<double>::infinity();
  return value;
}

SortKey number_key(double value) {
  return {{1, 0, "Number"}, {}, {}, value};
}

std::tuple<int, int, std::string> kind_key(const Expr& expr) {
  if (expr.kind == ExprKind::symbol) return {2, 0, "Symbol"};
  auto* function = find_function(expr.kind);
  std::string name(function ? function->srepr_name : "");
  switch (expr.kind) {
    case ExprKind::mul:
      return {3, 0, name};
    case ExprKind::add:
      return {3, 1, name};
    case ExprKind::pow:
      return {3, 2, name};
    case ExprKind::max:
    case ExprKind::min:
    case ExprKind::equal:
    case ExprKind::not_equal:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
    case ExprKind::logical_and:
    case ExprKind::logical_or:
    case ExprKind::logical_not:
    case ExprKind::expr_cond_pair:
      return {5, 0, name};
    case ExprKind::boolean:
      return {2, 0, std::get<bool>(expr.value) ? "BooleanTrue" : "BooleanFalse"};
    case ExprKind::piecewise:
      return {4, 0, name};
    default:
      return {4, 10000, name};
  }
}

/// Takes the numbers out of a product; what remains may be a single factor.
Expr without_coefficient(const Expr& mul, double& coefficient) {
  Expr rest{ExprKind::mul, {}, {}, {}};
  for (const auto& factor : mul.children) {
    if (is_numeric(factor)) {
      coefficient *= number_value(factor);
    } else {
      rest.children.push_back(factor);
    }
  }
  return rest.children.size() == 1 ? rest.children.front() : rest;
}

SortKey key_of_power(const Expr& base, SortKey exponent, double coefficient) {
  SortKey key{kind_key(base), {}, {std::move(exponent)}, coefficient};
  if (base.kind == ExprKind::symbol) key.arguments.push_back({{0, 0, base.name}, {}, {}});
  for (const auto& child : printed_arguments(base)) key.arguments.push_back(sort_key(child));
  return key;
}

bool less_than(const std::vector<SortKey>& left, const std::vector<SortKey>& right) {
  if (left.size() != right.size()) return left.size() < right.size();
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace

SortKey sort_key(const Expr& expr) {
  if (is_numeric(expr)) return number_key(number_value(expr));
  if (expr.kind == ExprKind::mul) {
    double coefficient = 1;
    auto rest = without_coefficient(expr, coefficient);
    if (rest.kind == ExprKind::mul) return key_of_power(rest, number_key(1), coefficient);
    auto key = sort_key(rest);
    key.coefficient = coefficient;
    return key;
  }
  if (expr.kind == ExprKind::pow) {
    return key_of_power(expr.children[0], sort_key(expr.children[1]), 1);
  }
  return key_of_power(expr, number_key(1), 1);
}

bool operator<(const SortKey& left, const SortKey& right) {
  if (left.kind != right.kind) return left.kind < right.kind;
  if (less_than(left.arguments, right.arguments)) return true;
  if (less_than(right.arguments, left.arguments)) return false;
  if (less_than(left.exponent, right.exponent)) return true;
  if (less_than(right.exponent, left.exponent)) return false;
  return left.coefficient < right.coefficient;
}

}  // namespace roundtrip
