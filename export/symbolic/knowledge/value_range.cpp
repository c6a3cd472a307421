#include "export/symbolic/knowledge/value_range.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "export/symbolic/expr/facts.h"
#include "export/symbolic/expr/number.h"
#include "export/symbolic/expr/python_numbers.h"
#include "export/symbolic/expr/relations.h"

namespace roundtrip {

namespace {

constexpr ValueRange kUnknown{};
constexpr ValueRange kCondition{0, 1};

bool is_infinite(std::int64_t bound) {
  return bound == kInfinity || bound == -kInfinity;
}

/// Results beyond 64 bits stay the greatest finite numbers: no value of a program is there.
std::int64_t clamped(std::optional<std::int64_t> result, bool negative) {
  auto limit = kInfinity - 1;
  if (!result) return negative ? -limit : limit;
  return std::clamp(*result, -limit, limit);
}

std::int64_t add_bounds(std::int64_t a, std::int64_t b) {
  if (is_infinite(a)) return a;
  if (is_infinite(b)) return b;
  return clamped(python::add(a, b), a < 0);
}

std::int64_t multiply_bounds(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return 0;
  bool negative = (a < 0) != (b < 0);
  if (is_infinite(a) || is_infinite(b)) return negative ? -kInfinity : kInfinity;
  return clamped(python::multiply(a, b), negative);
}

std::int64_t floor_divide_bounds(std::int64_t a, std::int64_t b) {
  if (is_infinite(a)) return (a < 0) != (b < 0) ? -kInfinity : kInfinity;
  if (is_infinite(b)) return a == 0 || (a < 0) == (b < 0) ? 0 : -1;
  return clamped(python::floor_divide(a, b), false);
}

/// Of an operation whose extremes are at the corners.
template <typename Op>
ValueRange corners(const ValueRange& a, const ValueRange& b, Op op) {
  std::int64_t values[] = {op(a.low, b.low), op(a.low, b.high), op(a.high, b.low),
                           op(a.high, b.high)};
  return {*std::min_element(values, values + 4), *std::max_element(values, values + 4)};
}

class Bounder {
 public:
  explicit Bounder(const RangeOf& range_of) : range_of_(range_of) {}

  ValueRange run(const Expr& expr) const;
  ValueRange child(const Expr& expr, std::size_t i) const { return run(expr.children[i]); }
  ValueRange symbol(const Expr& expr) const { return range_of_(expr); }

 private:
  const RangeOf& range_of_;
};

using Handler = ValueRange (*)(const Bounder&, const Expr&);

ValueRange add(const Bounder& bounder, const Expr& expr) {
  ValueRange total{0, 0};
  for (const auto& term : expr.children) {
    auto range = bounder.run(term);
    total = {add_bounds(total.low, range.low), add_bounds(total.high, range.high)};
  }
  return total;
}

ValueRange mul(const Bounder& bounder, const Expr& expr) {
  ValueRange total{1, 1};
  for (const auto& factor : expr.children) {
    total = corners(total, bounder.run(factor), multiply_bounds);
  }
  return total;
}

ValueRange pow(const Bounder& bounder, const Expr& expr) {
  auto base = bounder.child(expr, 0);
  if (!is_integer(expr.children[1]) || integer_value(expr.children[1]) < 0) return kUnknown;
  auto exponent = integer_value(expr.children[1]);
  auto raise = [&](std::int64_t value) {
    std::int64_t result = 1;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(exponent, 64); ++i) {
      result = multiply_bounds(result, value);
    }
    return result;
  };
  auto low = raise(base.low), high = raise(base.high);
  if (exponent % 2 == 1 || base.low >= 0) return {low, high};
  return {base.high <= 0 ? high : 0, std::max(low, high)};
}

ValueRange floor_div(const Bounder& bounder, const Expr& expr) {
  auto a = bounder.child(expr, 0), b = bounder.child(expr, 1);
  if (b.contains(0)) {
    if (a.low < 0 || b.low < 0) return kUnknown;
    b.low = 1;  // a division by zero has no result
    if (b.high < 1) return kUnknown;
  }
  return corners(a, b, floor_divide_bounds);
}

/// With the divisor's sign.
ValueRange modulo(const Bounder& bounder, const Expr& expr) {
  auto a = bounder.child(expr, 0), b = bounder.child(expr, 1);
  bool natural = expr.kind == ExprKind::mod;
  if (b.is_single() && b.low > 0 && !is_infinite(a.low) && !is_infinite(a.high) &&
      python::floor_divide(a.low, b.low) == python::floor_divide(a.high, b.low)) {
    return {python::modulo(a.low, b.low), python::modulo(a.high, b.low)};
  }
  if (b.low >= (natural ? 0 : 1)) {
    auto high = is_infinite(b.high) ? kInfinity : std::max<std::int64_t>(b.high - 1, 0);
    return {0, a.low >= 0 ? std::min(high, a.high) : high};
  }
  if (b.high < 0) return {is_infinite(b.low) ? -kInfinity : b.low + 1, 0};
  return natural ? ValueRange{0, kInfinity} : kUnknown;
}

ValueRange max(const Bounder& bounder, const Expr& expr) {
  ValueRange total{-kInfinity, -kInfinity};
  for (const auto& child : expr.children) {
    auto range = bounder.run(child);
    total = {std::max(total.low, range.low), std::max(total.high, range.high)};
  }
  return total;
}

ValueRange min(const Bounder& bounder, const Expr& expr) {
  ValueRange total{kInfinity, kInfinity};
  for (const auto& child : expr.children) {
    auto range = bounder.run(child);
    total = {std::min(total.low, range.low), std::min(total.high, range.high)};
  }
  return total;
}

bool are_whole(const Expr& relation) {
  return std::all_of(relation.children.begin(), relation.children.end(), is_integer_valued);
}

ValueRange equal(const Bounder& bounder, const Expr& expr) {
  if (!are_whole(expr)) return kCondition;
  auto a = bounder.child(expr, 0), b = bounder.child(expr, 1);
  if (a.high < b.low || b.high < a.low) return {0, 0};
  if (a.is_single() && a == b) return {1, 1};
  return kCondition;
}

ValueRange inverted(const ValueRange& range) {
  return {1 - range.high, 1 - range.low};
}

/// `a < b` for ranges.
ValueRange below(const ValueRange& a, const ValueRange& b) {
  if (a.high < b.low) return {1, 1};
  if (a.low >= b.high && !is_infinite(a.low)) return {0, 0};
  return kCondition;
}

template <bool kSwap, bool kInvert>
ValueRange order(const Bounder& bounder, const Expr& expr) {
  if (!are_whole(expr)) return kCondition;
  auto result = below(bounder.child(expr, kSwap ? 1 : 0), bounder.child(expr, kSwap ? 0 : 1));
  return kInvert ? inverted(result) : result;
}

ValueRange piecewise(const Bounder& bounder, const Expr& expr) {
  ValueRange total{kInfinity, -kInfinity};
  for (const auto& pair : expr.children) {
    auto range = bounder.child(pair, 0);
    total = {std::min(total.low, range.low), std::max(total.high, range.high)};
  }
  return total;
}

/// Bounds of a float: of a quotient of an integer, which are exact enough as long as floats
/// have a place for every integer.
std::optional<std::pair<double, double>> float_bounds(const Bounder& bounder, const Expr& expr) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 53;
  if (expr.kind == ExprKind::float_true_div || expr.kind == ExprKind::int_true_div) {
    const Expr& divisor = expr.children[1];
    if (!is_number(divisor)) return std::nullopt;
    const double by =
        std::visit([](auto value) { return static_cast<double>(value); }, divisor.value);
    const auto bounds = float_bounds(bounder, expr.children[0]);
    if (!bounds || by == 0) return std::nullopt;
    const double a = bounds->first / by, b = bounds->second / by;
    return std::pair(std::min(a, b), std::max(a, b));
  }
  const Expr& whole = expr.kind == ExprKind::to_float ? expr.children[0] : expr;
  if (!is_integer_valued(whole)) return std::nullopt;
  const ValueRange range = bounder.run(whole);
  if (range.low < -kLargest || range.high > kLargest) return std::nullopt;
  return std::pair(static_cast<double>(range.low), static_cast<double>(range.high));
}

/// Rounding keeps the order.
ValueRange round_to_int(const Bounder& bounder, const Expr& expr) {
  const auto bounds = float_bounds(bounder, expr.children[0]);
  if (!bounds) return kUnknown;
  return {static_cast<std::int64_t>(std::nearbyint(bounds->first)),
          static_cast<std::int64_t>(std::nearbyint(bounds->second))};
}

const std::unordered_map<ExprKind, Handler>& handlers() {
  static const std::unordered_map<ExprKind, Handler> kHandlers{
      {ExprKind::integer,
       [](const Bounder&, const Expr& x) {
         return ValueRange{integer_value(x), integer_value(x)};
       }},
      {ExprKind::boolean,
       [](const Bounder&, const Expr& x) {
         return is_boolean(x, true) ? ValueRange{1, 1} : ValueRange{0, 0};
       }},
      {ExprKind::symbol, [](const Bounder& b, const Expr& x) { return b.symbol(x); }},
      {ExprKind::add, add},
      {ExprKind::mul, mul},
      {ExprKind::pow, pow},
      {ExprKind::floor_div, floor_div},
      {ExprKind::clean_div, floor_div},
      {ExprKind::mod, modulo},
      {ExprKind::python_mod, modulo},
      {ExprKind::max, max},
      {ExprKind::min, min},
      {ExprKind::logical_and, min},
      {ExprKind::logical_or, max},
      {ExprKind::logical_not,
       [](const Bounder& b, const Expr& x) { return inverted(b.child(x, 0)); }},
      {ExprKind::equal, equal},
      {ExprKind::not_equal, [](const Bounder& b, const Expr& x) { return inverted(equal(b, x)); }},
      {ExprKind::less, order<false, false>},
      {ExprKind::less_equal, order<true, true>},
      {ExprKind::greater, order<true, false>},
      {ExprKind::greater_equal, order<false, true>},
      {ExprKind::piecewise, piecewise},
      {ExprKind::round_to_int, round_to_int},
      {ExprKind::identity, [](const Bounder& b, const Expr& x) { return b.child(x, 0); }},
  };
  return kHandlers;
}

ValueRange Bounder::run(const Expr& expr) const {
  auto handler = handlers().find(expr.kind);
  return handler == handlers().end() ? kUnknown : handler->second(*this, expr);
}

}  // namespace

ValueRange ValueRange::operator&(const ValueRange& other) const {
  return {std::max(low, other.low), std::min(high, other.high)};
}

ValueRange bound(const Expr& expr, const RangeOf& range_of) {
  return Bounder(range_of).run(expr);
}

std::optional<std::int64_t> finite(std::int64_t bound) {
  if (is_infinite(bound)) return {};
  return bound;
}

std::string bound_text(std::int64_t bound) {
  if (bound == kInfinity) return "int_oo";
  return bound == -kInfinity ? "-int_oo" : std::to_string(bound);
}

}  // namespace roundtrip
