#include <algorithm>
#include <cmath>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/order.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/terms.h"

/// Sums, products and powers, as SymPy's `Add.flatten`, `Mul.flatten` and `Pow` make them.
namespace roundtrip {

namespace {

void sort_canonically(std::vector<Expr>& arguments) {
  std::stable_sort(arguments.begin(), arguments.end(),
                   [](const Expr& a, const Expr& b) { return compare(a, b) < 0; });
}

/// Like terms put together.
class SumBuilder {
 public:
  void add(Expr term) {
    if (is_number(term)) {
      constant_ = add_numbers(constant_, term);
    } else if (term.kind == ExprKind::add) {
      for (auto& child : term.children) add(std::move(child));
    } else {
      auto [coefficient, rest] = split_coefficient(term);
      collect(std::move(coefficient), std::move(rest));
    }
  }

  Expr build() {
    std::vector<Expr> terms;
    for (auto& [coefficient, rest] : terms_) {
      if (is_integer(coefficient, 0)) continue;
      terms.push_back(rebuild(std::move(coefficient), std::move(rest)));
    }
    sort_canonically(terms);
    if (!is_integer(constant_, 0)) terms.insert(terms.begin(), constant_);
    if (terms.empty()) return integer(0);
    if (terms.size() == 1) return terms[0];
    return {ExprKind::add, {}, {}, std::move(terms)};
  }

 private:
  void collect(Expr coefficient, Expr rest) {
    for (auto& term : terms_) {
      if (!same(term.rest, rest)) continue;
      term.coefficient = add_numbers(term.coefficient, coefficient);
      return;
    }
    terms_.push_back({std::move(coefficient), std::move(rest)});
  }

  static Expr rebuild(Expr coefficient, Expr rest) {
    if (is_integer(coefficient, 1)) return rest;
    if (rest.kind == ExprKind::mul) {
      rest.children.insert(rest.children.begin(), std::move(coefficient));
      return rest;
    }
    return {ExprKind::mul, {}, {}, {std::move(coefficient), std::move(rest)}};
  }

  Expr constant_ = integer(0);
  std::vector<Term> terms_;
};

/// Equal bases put together.
class ProductBuilder {
 public:
  void multiply(Expr factor) {
    if (is_number(factor)) {
      coefficient_ = multiply_numbers(coefficient_, factor);
    } else if (factor.kind == ExprKind::mul) {
      for (auto& child : factor.children) multiply(std::move(child));
    } else if (factor.kind == ExprKind::pow) {
      collect(std::move(factor.children[0]), std::move(factor.children[1]));
    } else {
      collect(std::move(factor), integer(1));
    }
  }

  Expr build() {
    if (real_value(coefficient_) == 0) return integer(0);
    std::vector<Expr> factors;
    for (auto& [base, exponent] : powers_) {
      auto factor = power(base, exponent);
      if (is_number(factor)) {
        coefficient_ = multiply_numbers(coefficient_, factor);
      } else {
        factors.push_back(std::move(factor));
      }
    }
    sort_canonically(factors);
    if (factors.empty()) return coefficient_;
    if (factors.size() == 1 && factors[0].kind == ExprKind::add) return distribute(factors[0]);
    if (!is_integer(coefficient_, 1)) factors.insert(factors.begin(), coefficient_);
    if (factors.size() == 1) return factors[0];
    return {ExprKind::mul, {}, {}, std::move(factors)};
  }

 private:
  void collect(Expr base, Expr exponent) {
    for (auto& known : powers_) {
      if (!same(known.base, base)) continue;
      known.exponent = roundtrip::add(known.exponent, exponent);
      return;
    }
    powers_.push_back({std::move(base), std::move(exponent)});
  }

  /// A number times a sum: the only product that is multiplied out.
  Expr distribute(const Expr& sum) const {
    if (is_integer(coefficient_, 1)) return sum;
    SumBuilder result;
    for (const auto& term : sum.children) result.add(roundtrip::multiply(coefficient_, term));
    return result.build();
  }

  struct Power {
    Expr base;
    Expr exponent;
  };
  Expr coefficient_ = integer(1);
  std::vector<Power> powers_;
};

Expr power_of_number(const Expr& base, std::int64_t exponent) {
  if (!is_integer(base)) return floating(std::pow(real_value(base), exponent));
  return integer(fitting(python::power(integer_value(base), exponent)));
}

Expr power_of_product(const Expr& base, const Expr& exponent) {
  std::vector<Expr> factors;
  for (const auto& factor : base.children) factors.push_back(power(factor, exponent));
  return product(std::move(factors));
}

bool is_leaf(const Expr& expr) {
  return expr.kind == ExprKind::symbol || is_number(expr);
}

}  // namespace

Expr sum(std::vector<Expr> terms) {
  SumBuilder builder;
  for (auto& term : terms) builder.add(std::move(term));
  return builder.build();
}

Expr product(std::vector<Expr> factors) {
  ProductBuilder builder;
  for (auto& factor : factors) builder.multiply(std::move(factor));
  return builder.build();
}

Expr add(const Expr& a, const Expr& b) {
  if (is_integer(a, 0)) return b;
  if (is_integer(b, 0)) return a;
  if (is_leaf(a) && is_leaf(b) && a.kind != b.kind) {
    bool number_first = is_number(a);
    return {ExprKind::add, {}, {}, {number_first ? a : b, number_first ? b : a}};
  }
  SumBuilder builder;
  builder.add(a);
  builder.add(b);
  return builder.build();
}

Expr subtract(const Expr& a, const Expr& b) {
  return add(a, negate(b));
}

Expr multiply(const Expr& a, const Expr& b) {
  if (is_integer(a, 1)) return b;
  if (is_integer(b, 1)) return a;
  ProductBuilder builder;
  builder.multiply(a);
  builder.multiply(b);
  return builder.build();
}

Expr negate(const Expr& a) {
  return multiply(integer(-1), a);
}

Expr power(const Expr& base, const Expr& exponent) {
  if (!is_integer(exponent)) {
    if (is_number(exponent)) return {ExprKind::pow, {}, {}, {base, exponent}};
    return {ExprKind::pow_by_natural, {}, {}, {base, exponent}};
  }
  auto number = integer_value(exponent);
  if (number == 0) return integer(1);
  if (number == 1) return base;
  if (is_number(base) && number > 0) return power_of_number(base, number);
  if (base.kind == ExprKind::mul) return power_of_product(base, exponent);
  if (base.kind == ExprKind::pow) {
    return power(base.children[0], multiply(base.children[1], exponent));
  }
  return {ExprKind::pow, {}, {}, {base, exponent}};
}

}  // namespace roundtrip
