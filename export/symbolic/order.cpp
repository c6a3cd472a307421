#include "export/symbolic/order.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "export/symbolic/algebra.h"
#include "export/symbolic/functions.h"
#include "export/symbolic/number.h"
#include "export/symbolic/sort_key.h"

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
  int count = 1;
  for (const auto& child : expr.children) count += count_nodes(child);
  return count;
}

/// A term's place among the others: the power of each generator in it, then its number.
struct Monomial {
  std::vector<std::int64_t> powers;
  double coefficient = 1;
};

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

/// The different generators of all terms, in order.
std::vector<const Expr*> generators_of(const Expr& sum) {
  std::vector<std::pair<SortKey, const Expr*>> generators;
  for (const auto& term : sum.children) {
    visit_factors(term, [&](const Expr& base, std::int64_t) {
      bool known = std::any_of(generators.begin(), generators.end(),
                               [&](const auto& entry) { return same(*entry.second, base); });
      if (!known) generators.emplace_back(sort_key(base), &base);
    });
  }
  std::stable_sort(generators.begin(), generators.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Expr*> result;
  for (const auto& [key, generator] : generators) result.push_back(generator);
  return result;
}

Monomial monomial_of(const Expr& term, const std::vector<const Expr*>& generators) {
  Monomial monomial{std::vector<std::int64_t>(generators.size()), 1};
  monomial.coefficient = visit_factors(term, [&](const Expr& base, std::int64_t exponent) {
    auto place = std::find_if(generators.begin(), generators.end(),
                              [&](const Expr* generator) { return same(*generator, base); });
    monomial.powers[static_cast<std::size_t>(place - generators.begin())] = exponent;
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
    SortKey key;
    Expr expr;
  };
  std::vector<Keyed> keyed;
  for (auto& argument : arguments) {
    keyed.push_back({count_nodes(argument), sort_key(argument), std::move(argument)});
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    return a.nodes != b.nodes ? a.nodes < b.nodes : a.key < b.key;
  });
  for (std::size_t i = 0; i < keyed.size(); ++i) arguments[i] = std::move(keyed[i].expr);
}

std::vector<Expr> ordered_terms(const Expr& sum) {
  if (number_leads(sum)) return sum.children;
  auto generators = generators_of(sum);
  std::vector<std::pair<Monomial, const Expr*>> terms;
  for (const auto& term : sum.children) terms.emplace_back(monomial_of(term, generators), &term);
  std::stable_sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) {
    if (a.first.powers != b.first.powers) return a.first.powers > b.first.powers;
    return a.first.coefficient < b.first.coefficient;
  });
  std::vector<Expr> ordered;
  for (const auto& [monomial, term] : terms) ordered.push_back(*term);
  return ordered;
}

std::vector<Expr> ordered_factors(const Expr& product) {
  auto factors = product.children;
  if (!factors.empty() && is_number(factors[0]) && real_value(factors[0]) < 0 &&
      !is_integer(factors[0], -1)) {
    factors[0] = negate_number(factors[0]);
    factors.insert(factors.begin(), integer(-1));
  }
  std::vector<std::pair<SortKey, Expr>> keyed;
  for (auto& factor : factors) keyed.emplace_back(sort_key(factor), std::move(factor));
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Expr> ordered;
  for (auto& [key, factor] : keyed) ordered.push_back(std::move(factor));
  return ordered;
}

std::vector<Expr> printed_arguments(const Expr& expr) {
  if (expr.kind == ExprKind::add) return ordered_terms(expr);
  if (expr.kind == ExprKind::mul) return ordered_factors(expr);
  return expr.children;
}

}  // namespace roundtrip
