#include "export/symbolic/knowledge/value_range.h"

#include <doctest/doctest.h>

#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

namespace {

/// `s` is from 2 to 9, `t` at least 3, `u` anything.
ValueRange range_of(const Expr& symbol) {
  if (symbol.name == "s") return {2, 9};
  if (symbol.name == "t") return {3, kInfinity};
  return {};
}

ValueRange bound_of(const Expr& expr) {
  return bound(expr, range_of);
}

const Expr s = symbol("s"), t = symbol("t"), u = symbol("u");

}  // namespace

TEST_CASE("bounds of arithmetic") {
  CHECK(bound_of(add(s, integer(1))) == ValueRange{3, 10});
  CHECK(bound_of(subtract(s, t)) == ValueRange{-kInfinity, 6});
  CHECK(bound_of(multiply(integer(-2), s)) == ValueRange{-18, -4});
  CHECK(bound_of(power(subtract(s, integer(5)), integer(2))) == ValueRange{0, 16});
  CHECK(bound_of(floor_divide(s, integer(4))) == ValueRange{0, 2});
  CHECK(bound_of(floor_divide(s, t)) == ValueRange{0, 3});
  CHECK(bound_of(modulo(t, integer(4))) == ValueRange{0, 3});
  CHECK(bound_of(modulo(u, integer(-4))) == ValueRange{-3, 0});
  CHECK(bound_of(maximum(u, integer(1))) == ValueRange{1, kInfinity});
  CHECK(bound_of(minimum(s, t)) == ValueRange{2, 9});
}

TEST_CASE("bounds of what a quotient is rounded to") {
  const auto half = [](const Expr& number, double by) {
    return round_to_int(float_true_divide(to_float(number), floating(by)));
  };
  CHECK(bound_of(half(s, 2.0)) == ValueRange{1, 4});
  CHECK(bound_of(half(s, -2.0)) == ValueRange{-4, -1});
  CHECK(bound_of(half(t, 2.0)) == ValueRange{});
}

TEST_CASE("bounds of conditions are 0 and 1") {
  CHECK(bound_of(greater(s, integer(1))) == ValueRange{1, 1});
  CHECK(bound_of(less(s, integer(2))) == ValueRange{0, 0});
  CHECK(bound_of(less(s, t)) == ValueRange{0, 1});
  CHECK(bound_of(equal(s, integer(12))) == ValueRange{0, 0});
  CHECK(bound_of(logical_or(greater(s, integer(1)), less(u, integer(0)))) == ValueRange{1, 1});
}

TEST_CASE("bounds beyond 64 bits stay finite and wide enough") {
  auto huge = multiply(t, integer(std::int64_t{1} << 62));
  CHECK(bound_of(huge).low == kInfinity - 1);
  CHECK(bound_of(huge).high == kInfinity);
}
