#include "export/symbolic/expr/order.h"

#include <algorithm>
#include <compare>
#include <map>
#include <string_view>
#include <unordered_map>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/functions.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/sort_key.h"
#include "export/symbolic/expr/work.h"

namespace roundtrip {

namespace {

/// Classes that SymPy ranks; all others come after them, by name.
int class_rank(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer: {
      auto value = integer_value(expr);
      return value == 0 ? 0 : value == 1 ? 1 : value == -1 ? 5 : 7;
    }
    case ExprKind::rational:
      return 8;
    case ExprKind::floating:
      return 9;
    case ExprKind::symbol:
      return 13;
    case ExprKind::pow:
      return 15;
    case ExprKind::mul:
      return 16;
    case ExprKind::add:
      return 17;
    case ExprKind::equal:
      return 90;
    case ExprKind::not_equal:
      return 91;
    case ExprKind::greater:
      return 92;
    case ExprKind::less:
      return 93;
    case ExprKind::greater_equal:
      return 94;
    case ExprKind::less_equal:
      return 95;
    default:
      return 100;
  }
}

std::string_view class_name(const Expr& expr) {
  if (expr.kind == ExprKind::boolean) {
    return std::get<bool>(expr.value) ? "BooleanTrue" : "BooleanFalse";
  }
  auto* function = find_function(expr.kind);
  return function ? function->srepr_name : "";
}

template <typename T>
int three_way(const T& a, const T& b) {
  return (a > b) - (a < b);
}

int count_nodes(const Expr& expr) {
  count_work();
  int count = 1;
  for (const auto& child : expr.children) count += count_nodes(child);
  return count;
}

/// A term's place among the others: the power of each generator in it, then its number.
struct Monomial {
  std::map<std::size_t, std::int64_t> powers;  ///< by the generator's place; others are 0
  double coefficient = 1;
};

/// Which powers come first where they differ: above 0 for those of `a`.
int compare_powers(const Monomial& a, const Monomial& b) {
  auto left = a.powers.begin(), right = b.powers.begin();
  while (left != a.powers.end() || right != b.powers.end()) {
    count_work();
    const bool has_left =
        left != a.powers.end() && (right == b.powers.end() || left->first <= right->first);
    const bool has_right =
        right != b.powers.end() && (left == a.powers.end() || right->first <= left->first);
    const std::int64_t own = has_left ? (left++)->second : 0;
    const std::int64_t other = has_right ? (right++)->second : 0;
    if (own != other) return own > other ? 1 : -1;
  }
  return 0;
}

/// A factor as generator and integer exponent.
std::pair<const Expr*, std::int64_t> split_power(const Expr& factor) {
  if (factor.kind == ExprKind::pow && is_integer(factor.children[1])) {
    return {&factor.children[0], integer_value(factor.children[1])};
  }
  return {&factor, 1};
}

/// Calls `visit(generator, exponent)` for each factor and multiplies up the numbers.
template <typename Visit>
double visit_factors(const Expr& term, Visit visit) {
  if (is_number(term)) return real_value(term);
  auto visit_one = [&](const Expr& factor) {
    auto [base, exponent] = split_power(factor);
    visit(*base, exponent);
  };
  if (term.kind != ExprKind::mul) {
    visit_one(term);
    return 1;
  }
  double coefficient = 1;
  for (const auto& factor : term.children) {
    if (is_number(factor)) {
      coefficient *= real_value(factor);
    } else {
      visit_one(factor);
    }
  }
  return coefficient;
}

struct HashTarget {
  std::size_t operator()(const Expr* expr) const { return ExprHash()(*expr); }
};
struct EqualTargets {
  bool operator()(const Expr* a, const Expr* b) const { return same(*a, *b); }
};
using Places = std::unordered_map<const Expr*, std::size_t, HashTarget, EqualTargets>;

/// The different generators of all terms, with their places in the order of their keys.
Places generators_of(const Expr& sum, SortKeys& keys) {
  Places places;
  std::vector<const Expr*> generators;
  for (const auto& term : sum.children) {
    visit_factors(term, [&](const Expr& base, std::int64_t) {
      if (places.emplace(&base, 0).second) generators.push_back(&base);
    });
  }
  sort_by_key(generators, keys);
  for (std::size_t i = 0; i < generators.size(); ++i) places[generators[i]] = i;
  return places;
}

Monomial monomial_of(const Expr& term, const Places& generators) {
  Monomial monomial;
  monomial.coefficient = visit_factors(term, [&](const Expr& base, std::int64_t exponent) {
    monomial.powers[generators.at(&base)] = exponent;
  });
  return monomial;
}

/// `3 - 2*x`: SymPy's one exception, a positive number before a negative multiple.
bool number_leads(const Expr& sum) {
  if (sum.children.size() != 2) return false;
  const auto& number = sum.children[0];
  const auto& product = sum.children[1];
  return is_number(number) && real_value(number) > 0 && product.kind == ExprKind::mul &&
         product.children.size() == 2 && is_number(product.children[0]) &&
         real_value(product.children[0]) < 0;
}

}  // namespace

int compare(const Expr& a, const Expr& b) {
  count_work();
  if (int order = three_way(class_rank(a), class_rank(b))) return order;
  if (class_rank(a) == 100) {
    if (int order = three_way(class_name(a), class_name(b))) return order;
  }
  if (is_number(a)) return compare_numbers(a, b);
  if (a.kind == ExprKind::symbol) {
    if (int order = three_way(a.name, b.name)) return order;
    return three_way(a.assumptions, b.assumptions);
  }
  if (int order = three_way(a.children.size(), b.children.size())) return order;
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (int order = compare(a.children[i], b.children[i])) return order;
  }
  return 0;
}

void sort_arguments(std::vector<Expr>& arguments) {
  struct Keyed {
    int nodes;
    SortKeyPtr key;
    Expr expr;
  };
  SortKeys keys;
  std::vector<Keyed> keyed;
  for (const auto& argument : arguments) {
    keyed.push_back({count_nodes(argument), keys.of(argument), argument});
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    return a.nodes != b.nodes ? a.nodes < b.nodes : compare(*a.key, *b.key) < 0;
  });
  for (std::size_t i = 0; i < keyed.size(); ++i) arguments[i] = std::move(keyed[i].expr);
}

PrintedOrder::PrintedOrder(const Expr& expr, SortKeys& keys) {
  if (expr.kind == ExprKind::add && !number_leads(expr)) {
    order_terms(expr, keys);
  } else if (expr.kind == ExprKind::mul) {
    order_factors(expr, keys);
  } else {
    for (const auto& child : expr.children) arguments_.push_back(&child);
  }
}

void PrintedOrder::order_terms(const Expr& sum, SortKeys& keys) {
  const Places generators = generators_of(sum, keys);
  std::vector<std::pair<Monomial, const Expr*>> terms;
  for (const auto& term : sum.children) terms.emplace_back(monomial_of(term, generators), &term);
  std::stable_sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) {
    if (int order = compare_powers(a.first, b.first)) return order > 0;
    return std::weak_order(a.first.coefficient, b.first.coefficient) < 0;
  });
  for (const auto& [monomial, term] : terms) arguments_.push_back(term);
}

void PrintedOrder::order_factors(const Expr& product, SortKeys& keys) {
  for (const auto& factor : product.children) arguments_.push_back(&factor);
  const Expr& number = product.children[0];
  if (is_number(number) && real_value(number) < 0 && !is_integer(number, -1)) {
    coefficient_ = {integer(-1), negate_number(number)};
    arguments_[0] = &coefficient_.second;
    arguments_.insert(arguments_.begin(), &coefficient_.first);
  }
  sort_by_key(arguments_, keys);
}

std::vector<Expr> printed_arguments(const Expr& expr) {
  SortKeys keys;
  const PrintedOrder printed(expr, keys);
  std::vector<Expr> copies;
  for (const Expr* argument : printed.arguments()) copies.push_back(*argument);
  return copies;
}

}  // namespace roundtrip
