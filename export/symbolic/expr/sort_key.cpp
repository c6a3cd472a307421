#include "export/symbolic/expr/sort_key.h"

#include <algorithm>
#include <compare>
#include <limits>

#include "export/symbolic/expr/functions.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/work.h"

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

SortKeyPtr number_key(double value) {
  return std::make_shared<const SortKey>(SortKey{{1, 0, "Number"}, {}, {}, value});
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

int order_of_numbers(double a, double b) {
  const auto order = std::weak_order(a, b);
  return (order > 0) - (order < 0);
}

int compare_optional(const SortKeyPtr& a, const SortKeyPtr& b) {
  if (!a || !b) return (a != nullptr) - (b != nullptr);
  return compare(*a, *b);
}

}  // namespace

int compare(const SortKey& a, const SortKey& b) {
  count_work();
  if (&a == &b) return 0;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.arguments.size() != b.arguments.size()) {
    return a.arguments.size() < b.arguments.size() ? -1 : 1;
  }
  for (std::size_t i = 0; i < a.arguments.size(); ++i) {
    if (int order = compare(*a.arguments[i], *b.arguments[i])) return order;
  }
  if (int order = compare_optional(a.exponent, b.exponent)) return order;
  return order_of_numbers(a.coefficient, b.coefficient);
}

SortKeyPtr SortKeys::of(const Expr& expr) {
  if (is_numeric(expr)) return number_key(number_value(expr));
  const auto known = known_.find(&expr);
  if (known != known_.end()) return known->second;
  count_work();
  SortKeyPtr key = make_key(expr);
  known_.emplace(&expr, key);
  return key;
}

SortKeyPtr SortKeys::make_key(const Expr& expr) {
  if (expr.kind == ExprKind::mul) return product_key(expr);
  if (expr.kind == ExprKind::pow) return power_key(expr.children[0], of(expr.children[1]));
  return power_key(expr, number_key(1));
}

/// A product's numbers are its key's coefficient; what remains may be a single factor.
SortKeyPtr SortKeys::product_key(const Expr& product) {
  std::vector<const Expr*> factors;
  double coefficient = 1;
  for (const auto& factor : product.children) {
    if (is_numeric(factor)) {
      coefficient *= number_value(factor);
    } else {
      factors.push_back(&factor);
    }
  }
  SortKey key{kind_key(product), {}, number_key(1), 1};
  if (factors.size() == 1) {
    key = *of(*factors[0]);
  } else {
    sort_by_key(factors, *this);
    for (const Expr* factor : factors) key.arguments.push_back(of(*factor));
  }
  key.coefficient = coefficient;
  return std::make_shared<const SortKey>(std::move(key));
}

SortKeyPtr SortKeys::power_key(const Expr& base, SortKeyPtr exponent) {
  SortKey key{kind_key(base), {}, std::move(exponent), 1};
  if (base.kind == ExprKind::symbol) {
    key.arguments.push_back(std::make_shared<const SortKey>(SortKey{{0, 0, base.name}, {}, {}}));
  }
  const PrintedOrder printed(base, *this);
  for (const Expr* child : printed.arguments()) key.arguments.push_back(of(*child));
  return std::make_shared<const SortKey>(std::move(key));
}

void sort_by_key(std::vector<const Expr*>& exprs, SortKeys& keys) {
  std::stable_sort(exprs.begin(), exprs.end(), [&](const Expr* a, const Expr* b) {
    return compare(*keys.of(*a), *keys.of(*b)) < 0;
  });
}

SortKey sort_key(const Expr& expr) {
  return *SortKeys().of(expr);
}

bool operator<(const SortKey& left, const SortKey& right) {
  return compare(left, right) < 0;
}

}  // namespace roundtrip
