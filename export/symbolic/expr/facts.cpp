#include "export/symbolic/expr/facts.h"

#include <algorithm>

#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/work.h"

namespace roundtrip {

namespace {

using Bound = std::optional<std::int64_t>;

/// Bounds of integers, absent where there is none.
struct Bounds {
  Bound low;
  Bound high;
};

Bounds bounds_of(const Expr& expr);

Bounds bounds_of_symbol(const Expr& symbol) {
  if (symbol.assumptions == Assumptions::positive_integer) return {1, {}};
  return {};
}

Bounds bounds_of_sum(const Expr& sum) {
  Bounds total{0, 0};
  for (const auto& term : sum.children) {
    auto bounds = bounds_of(term);
    total.low = total.low && bounds.low ? python::add(*total.low, *bounds.low) : Bound{};
    total.high = total.high && bounds.high ? python::add(*total.high, *bounds.high) : Bound{};
  }
  return total;
}

/// Of one bound by a known factor.
Bound scaled(Bound bound, std::int64_t factor) {
  return bound ? python::multiply(*bound, factor) : Bound{};
}

Bounds negated(const Bounds& bounds) {
  return {scaled(bounds.high, -1), scaled(bounds.low, -1)};
}

/// Of factors whose signs are known.
Bounds bounds_of_product(const Expr& product) {
  bool negative = false;
  Bounds total{1, 1};
  for (const auto& child : product.children) {
    auto bounds = bounds_of(child);
    if (bounds.high && *bounds.high <= 0) {
      bounds = negated(bounds);
      negative = !negative;
    }
    if (!bounds.low || *bounds.low < 0) return {};
    total.low = scaled(total.low, *bounds.low);
    total.high = total.high && bounds.high ? python::multiply(*total.high, *bounds.high) : Bound{};
  }
  return negative ? negated(total) : total;
}

Bounds bounds_of_power(const Expr& power) {
  auto base = bounds_of(power.children[0]);
  const auto& exponent = power.children[1];
  if (!is_integer(exponent) || integer_value(exponent) < 0) return {};
  bool even = integer_value(exponent) % 2 == 0;
  if (!base.low || *base.low < 0) return even ? Bounds{0, {}} : Bounds{};
  return {python::power(*base.low, integer_value(exponent)), {}};
}

Bounds bounds_of_floor_div(const Expr& division) {
  auto a = bounds_of(division.children[0]), b = bounds_of(division.children[1]);
  if (a.low && *a.low >= 0 && b.low && *b.low >= 0) return {0, {}};
  return {};
}

Bounds bounds_of_python_mod(const Expr& mod) {
  auto divisor = bounds_of(mod.children[1]);
  if (divisor.low && *divisor.low > 0) return {0, {}};
  if (divisor.high && *divisor.high < 0) return {{}, 0};
  return {};
}

/// Only its sign: SymPy asks no more of Max and Min.
Bounds sign_of(const Bounds& bounds) {
  Bounds sign;
  if (bounds.low && *bounds.low >= 0) sign.low = *bounds.low > 0 ? 1 : 0;
  if (bounds.high && *bounds.high <= 0) sign.high = *bounds.high < 0 ? -1 : 0;
  return sign;
}

using Combine = const std::int64_t& (*)(const std::int64_t&, const std::int64_t&);

/// Of two bounds, one of which may decide alone.
Bound either(Bound a, Bound b, Combine combine) {
  if (!a || !b) return a ? a : b;
  return combine(*a, *b);
}

Bound both(Bound a, Bound b, Combine combine) {
  return a && b ? Bound(combine(*a, *b)) : Bound{};
}

/// The greatest is as positive as any child and as negative as all.
Bounds bounds_of_max(const Expr& max) {
  std::optional<Bounds> total;
  for (const auto& child : max.children) {
    const Bounds sign = sign_of(bounds_of(child));
    if (!total) total = sign;
    total = Bounds{either(total->low, sign.low, std::max), both(total->high, sign.high, std::max)};
  }
  return *total;
}

Bounds bounds_of_min(const Expr& min) {
  std::optional<Bounds> total;
  for (const auto& child : min.children) {
    const Bounds sign = sign_of(bounds_of(child));
    if (!total) total = sign;
    total = Bounds{both(total->low, sign.low, std::min), either(total->high, sign.high, std::min)};
  }
  return *total;
}

/// The sign that all pieces share.
Bounds bounds_of_piecewise(const Expr& piecewise) {
  std::optional<Bounds> total;
  for (const auto& pair : piecewise.children) {
    const Bounds sign = sign_of(bounds_of(pair.children[0]));
    if (!total) total = sign;
    total = Bounds{both(total->low, sign.low, std::min), both(total->high, sign.high, std::max)};
  }
  return *total;
}

Bounds bounds_of(const Expr& expr) {
  count_work();
  switch (expr.kind) {
    case ExprKind::integer:
      return {integer_value(expr), integer_value(expr)};
    case ExprKind::symbol:
      return bounds_of_symbol(expr);
    case ExprKind::add:
      return bounds_of_sum(expr);
    case ExprKind::mul:
      return bounds_of_product(expr);
    case ExprKind::pow:
      return bounds_of_power(expr);
    case ExprKind::piecewise:
      return bounds_of_piecewise(expr);
    case ExprKind::floor_div:
    case ExprKind::clean_div:
      return bounds_of_floor_div(expr);
    case ExprKind::mod:
    case ExprKind::absolute:
      return {0, {}};
    case ExprKind::python_mod:
      return bounds_of_python_mod(expr);
    case ExprKind::max:
      return bounds_of_max(expr);
    case ExprKind::min:
      return bounds_of_min(expr);
    default:
      return {};
  }
}

bool all_integer_valued(const std::vector<Expr>& children) {
  return std::all_of(children.begin(), children.end(), is_integer_valued);
}

std::optional<bool> parity_of_sum(const Expr& sum) {
  bool even = true;
  for (const auto& term : sum.children) {
    auto parity = is_even(term);
    if (!parity) return {};
    even = even == *parity;
  }
  return even;
}

std::optional<bool> parity_of_product(const Expr& product) {
  if (!is_integer_valued(product)) return {};
  bool all_odd = true;
  for (const auto& factor : product.children) {
    auto parity = is_even(factor);
    if (parity == true) return true;
    all_odd = all_odd && parity == false;
  }
  return all_odd ? std::optional(false) : std::nullopt;
}

}  // namespace

bool is_integer_valued(const Expr& expr) {
  count_work();
  switch (expr.kind) {
    case ExprKind::integer:
    case ExprKind::floor_div:
    case ExprKind::clean_div:
    case ExprKind::ceil_div:
    case ExprKind::mod:
    case ExprKind::python_mod:
    case ExprKind::modular_indexing:
    case ExprKind::pow_by_natural:
    case ExprKind::left_shift:
    case ExprKind::right_shift:
    case ExprKind::trunc_to_int:
    case ExprKind::ceil_to_int:
    case ExprKind::floor_to_int:
    case ExprKind::round_to_int:
    case ExprKind::bitwise_and:
    case ExprKind::bitwise_or:
    case ExprKind::bitwise_xor:
    case ExprKind::non_overlapping_and_dense:
      return true;
    case ExprKind::symbol:
      return expr.assumptions == Assumptions::integer ||
             expr.assumptions == Assumptions::positive_integer;
    case ExprKind::add:
    case ExprKind::mul:
    case ExprKind::max:
    case ExprKind::min:
    case ExprKind::identity:
    case ExprKind::absolute:
      return all_integer_valued(expr.children);
    case ExprKind::pow:
      return all_integer_valued(expr.children) && is_assumed_nonnegative(expr.children[1]);
    case ExprKind::where:
      return is_integer_valued(expr.children[1]) && is_integer_valued(expr.children[2]);
    case ExprKind::piecewise:
      return std::all_of(expr.children.begin(), expr.children.end(),
                         [](const Expr& pair) { return is_integer_valued(pair.children[0]); });
    default:
      return false;
  }
}

std::optional<std::int64_t> assumed_minimum(const Expr& expr) {
  return bounds_of(expr).low;
}

std::optional<std::int64_t> assumed_maximum(const Expr& expr) {
  return bounds_of(expr).high;
}

bool is_assumed_positive(const Expr& expr) {
  if (expr.kind == ExprKind::floating) return real_value(expr) > 0;
  auto minimum = assumed_minimum(expr);
  return minimum && *minimum > 0;
}

bool is_assumed_nonnegative(const Expr& expr) {
  if (expr.kind == ExprKind::floating) return real_value(expr) >= 0;
  auto minimum = assumed_minimum(expr);
  return minimum && *minimum >= 0;
}

std::optional<bool> is_even(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
      return integer_value(expr) % 2 == 0;
    case ExprKind::add:
      return parity_of_sum(expr);
    case ExprKind::mul:
      return parity_of_product(expr);
    case ExprKind::pow:
      return is_integer(expr.children[1]) && integer_value(expr.children[1]) > 0
                 ? is_even(expr.children[0])
                 : std::nullopt;
    default:
      return {};
  }
}

}  // namespace roundtrip
