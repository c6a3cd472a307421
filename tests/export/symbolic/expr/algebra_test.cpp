#include "export/symbolic/expr/algebra.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <limits>

using namespace roundtrip;

namespace {

const Expr s77 = symbol("s77"), s17 = symbol("s17"), u0 = symbol("u0");

Expr operator+(const Expr& a, const Expr& b) {
  return add(a, b);
}

Expr operator*(std::int64_t a, const Expr& b) {
  return multiply(integer(a), b);
}

Expr operator*(const Expr& a, const Expr& b) {
  return multiply(a, b);
}

Expr operator+(const Expr& a, std::int64_t b) {
  return add(a, integer(b));
}

}  // namespace

TEST_CASE("like terms are put together") {
  CHECK(to_string(s77 + s77 + 1) == "2*s77 + 1");
  CHECK(to_string(subtract(s77 + s17, s77)) == "s17");
  CHECK(to_string(s77 * s17 * s77) == "s17*s77**2");
  CHECK(to_string(2 * (s77 + 1)) == "2*s77 + 2");
  CHECK(to_string(s17 * (s77 + 1)) == "s17*(s77 + 1)");
  CHECK(to_string(subtract(integer(3), 2 * s77)) == "3 - 2*s77");
}

TEST_CASE("equal sums and products are equal trees, whatever they were made from") {
  CHECK(same((s77 + s17) + u0, u0 + (s17 + s77)));
  CHECK(same(s77 * (s17 * u0), (u0 * s77) * s17));
  CHECK(ExprHash()(s77 + s17) == ExprHash()(s17 + s77));
  CHECK_FALSE(same(symbol("s5", Assumptions::integer), symbol("s5")));
}

TEST_CASE("divisions that leave nothing disappear") {
  CHECK(to_string(floor_divide(4 * s77 + 6, integer(2))) == "2*s77 + 3");
  CHECK(to_string(floor_divide(s77 * s17, s17)) == "s77");
  CHECK(to_string(floor_divide(floor_divide(s77, integer(2)), integer(3))) == "(s77//6)");
  CHECK(to_string(modulo(6 * s77, integer(3))) == "0");
  CHECK(to_string(modulo(u0, integer(3))) == "PythonMod(u0, 3)");
  CHECK(to_string(modulo(s77, integer(3))) == "Mod(s77, 3)");
  CHECK(to_string(modulo(s77, s77 + 1)) == "s77");
}

TEST_CASE("what follows from a size being positive is used") {
  CHECK(to_string(maximum(integer(1), s77)) == "s77");
  CHECK(to_string(maximum(integer(1), u0)) == "Max(1, u0)");
  CHECK(to_string(maximum(s77, 2 * s77)) == "2*s77");
  CHECK(to_string(greater_equal(s77, integer(1))) == "True");
  CHECK(to_string(greater_equal(s77, integer(2))) == "s77 >= 2");
  CHECK(to_string(equal(s77 + s17, integer(0))) == "False");
}

TEST_CASE("conditions") {
  auto less_than_2 = less(u0, integer(2));
  CHECK(to_string(logical_not(less_than_2)) == "u0 >= 2");
  CHECK(to_string(logical_and(less_than_2, logical_not(less_than_2))) == "False");
  CHECK(to_string(logical_or(less_than_2, greater(integer(2), u0))) == "2 > u0");
  CHECK(to_string(if_then_else(less_than_2, s77, s77)) == "s77");
  CHECK(to_string(if_then_else(boolean(false), s77, s17)) == "s17");
  CHECK(to_srepr(if_then_else(greater(s77, s17), s77, s17)) ==
        "Piecewise(ExprCondPair(Symbol('s77', positive=True, integer=True), "
        "StrictLessThan(Symbol('s17', positive=True, integer=True), Symbol('s77', positive=True, "
        "integer=True))), ExprCondPair(Symbol('s17', positive=True, integer=True), true))");
}

TEST_CASE("srepr is the file's") {
  CHECK(to_srepr(2 * s77 + 1) ==
        "Add(Mul(Integer(2), Symbol('s77', positive=True, integer=True)), Integer(1))");
  CHECK(to_srepr((-4) * u0) == "Mul(Integer(-1), Integer(4), Symbol('u0', integer=True))");
  CHECK(to_srepr(floating(0.3)) == "Float('0.29999999999999999', precision=53)");
  CHECK(to_srepr(symbol("zf5")) == "Symbol('zf5', real=True)");
  CHECK(to_srepr(symbol("zuf0")) == "Symbol('zuf0')");
  auto text = to_srepr(maximum(integer(1), floor_divide(u0 + s77, integer(2))));
  CHECK(to_srepr(parse_srepr(text)) == text);
}

TEST_CASE("literals are computed as in Python") {
  CHECK(to_string(int_true_divide(integer(1), integer(2))) == "0.500000000000000");
  CHECK(to_string(floor_divide(integer(-7), integer(2))) == "-4");
  CHECK(to_string(modulo(integer(-7), integer(2))) == "1");
  CHECK(to_string(power(integer(3), integer(4))) == "81");
  CHECK(to_string(round_to_int(floating(2.5))) == "2");
  CHECK(to_string(ceil_to_int(floating(-2.5))) == "-2");
}

TEST_CASE("numbers that do not fit and divisions by zero are errors") {
  auto largest = integer(std::numeric_limits<std::int64_t>::max());
  CHECK_THROWS_AS(largest + 1, ProgramError);
  CHECK_THROWS_AS(2 * largest, ProgramError);
  CHECK_THROWS_AS(power(integer(10), integer(19)), ProgramError);
  CHECK_THROWS_AS(floor_divide(s77, integer(0)), ProgramError);
  CHECK_THROWS_AS(modulo(s77, integer(0)), ProgramError);
}

TEST_CASE("substitute and expand") {
  auto expr = floor_divide(s77 + u0, integer(2));
  CHECK(to_string(substitute(expr, {{"u0", s77}})) == "s77");
  CHECK(to_string(expand((s77 + 1) * (s17 + 2))) == "s17*s77 + s17 + 2*s77 + 2");
  CHECK(free_symbols(expr).size() == 2);
}

TEST_CASE("an integer as a float equals what is that integer") {
  const Expr n = symbol("s0");
  CHECK(to_string(equal(to_float(n), floating(28.0))) == "Eq(s0, 28)");
  CHECK(to_string(not_equal(to_float(n), floating(-3.0))) == to_string(not_equal(n, integer(-3))));
  CHECK(to_string(equal(to_float(n), floating(0x1p60))) ==
        to_string(Expr{ExprKind::equal, {}, {}, {to_float(n), floating(0x1p60)}}));
}

TEST_CASE("a choice has the sign that all its pieces share, and no bound beyond it") {
  const Expr choice = if_then_else(equal(u0, integer(1)), integer(1), integer(0));
  CHECK(to_string(greater_equal(choice, integer(0))) == "True");
  CHECK(to_string(less_equal(choice, integer(1))) == "Piecewise((1, Eq(u0, 1)), (0, True)) <= 1");
  const Expr signs = if_then_else(equal(u0, integer(1)), integer(1), integer(-1));
  CHECK(to_string(greater_equal(signs, integer(0))) ==
        "Piecewise((1, Eq(u0, 1)), (-1, True)) >= 0");
}
