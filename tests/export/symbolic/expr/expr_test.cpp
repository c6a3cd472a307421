#include "export/symbolic/expr/expr.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <array>
#include <limits>
#include <string>

#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

namespace {

/// An expression as a file spells it, and what Python (sympy 1.14, torch 2.13)
/// makes of it: `str`, and the value under `kBindings`.
struct Golden {
  const char* srepr;
  const char* str;
  Number value;
};

const Bindings kBindings{{"s77", std::int64_t{5}},  {"s0", std::int64_t{3}},
                         {"s1", std::int64_t{7}},   {"u0", std::int64_t{-2}},
                         {"s86", std::int64_t{-6}}, {"zuf0", 2.5}};

const std::array kGolden{
    Golden{"OpaqueUnaryFn_sqrt(ToFloat(Symbol('s77', positive=True, integer=True)))",
           "OpaqueUnaryFn_sqrt(ToFloat(s77))", 2.23606797749979},
    Golden{R"(Add(Symbol('s77', positive=True, integer=True), Integer(1)))", "s77 + 1",
           std::int64_t{6}},
    Golden{R"(Mul(Integer(2), Symbol('s77', positive=True, integer=True)))", "2*s77",
           std::int64_t{10}},
    Golden{
        R"(Mul(Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True)))",
        "s0*s1", std::int64_t{21}},
    Golden{R"(Mul(Integer(-1), Integer(4), Symbol('s0', positive=True, integer=True)))", "-4*s0",
           std::int64_t{-12}},
    Golden{
        R"(Add(Symbol('s0', positive=True, integer=True), Mul(Integer(-1), Symbol('s1', positive=True, integer=True)), Integer(-3)))",
        "s0 - s1 - 3", std::int64_t{-7}},
    Golden{R"(FloorDiv(Add(Symbol('s77', positive=True, integer=True), Integer(1)), Integer(2)))",
           "((s77 + 1)//2)", std::int64_t{3}},
    Golden{
        R"(Add(Mul(Integer(2), FloorDiv(Symbol('s77', positive=True, integer=True), Integer(3))), Integer(1)))",
        "2*((s77//3)) + 1", std::int64_t{3}},
    Golden{
        R"(Mul(Add(Symbol('s0', positive=True, integer=True), Integer(1)), Add(Symbol('s1', positive=True, integer=True), Integer(2))))",
        "(s0 + 1)*(s1 + 2)", std::int64_t{36}},
    Golden{R"(Mul(Integer(2), Abs(Add(Symbol('u0', integer=True), Integer(-1)))))", "2*Abs(u0 - 1)",
           std::int64_t{6}},
    Golden{R"(Add(BitwiseFn_bitwise_or(Symbol('u0', integer=True), Integer(5)), Integer(1)))",
           "(BitwiseFn_bitwise_or(u0, 5)) + 1", std::int64_t{0}},
    Golden{R"(Mul(Integer(2), BitwiseFn_bitwise_xor(Symbol('s86', integer=True), Integer(3))))",
           "2*(BitwiseFn_bitwise_xor(s86, 3))", std::int64_t{-14}},
    Golden{R"(BitwiseFn_bitwise_and(Symbol('s86', integer=True), Integer(3)))",
           "BitwiseFn_bitwise_and(s86, 3)", std::int64_t{2}},
    Golden{R"(Pow(Symbol('s0', positive=True, integer=True), Integer(2)))", "s0**2",
           std::int64_t{9}},
    Golden{
        R"(Add(Mul(Integer(-1), Pow(Symbol('s0', positive=True, integer=True), Integer(2))), Symbol('s1', positive=True, integer=True)))",
        "-s0**2 + s1", std::int64_t{-2}},
    Golden{R"(Symbol('s0', positive=True, integer=True))", "s0", std::int64_t{3}},
    Golden{
        R"(Min(Symbol('u0', integer=True), Pow(Symbol('s0', positive=True, integer=True), Integer(2)), Mul(Integer(2), Symbol('s1', positive=True, integer=True)), FloorDiv(Symbol('s0', positive=True, integer=True), Integer(2))))",
        "Min(s0**2, 2*s1, u0, (s0//2))", std::int64_t{-2}},
    Golden{R"(Equality(Symbol('s0', positive=True, integer=True), Integer(4)))", "Eq(s0, 4)",
           false},
    Golden{R"(Unequality(Symbol('u0', integer=True), Integer(0)))", "Ne(u0, 0)", true},
    Golden{R"(StrictLessThan(Symbol('u0', integer=True), Integer(5)))", "u0 < 5", true},
    Golden{
        R"(GreaterThan(Add(Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True)), Symbol('s77', positive=True, integer=True)))",
        "s0 + s1 >= s77", true},
    Golden{
        R"(And(Equality(Symbol('u0', integer=True), Integer(1)), StrictLessThan(Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True))))",
        "Eq(u0, 1) & (s0 < s1)", false},
    Golden{
        R"(Or(LessThan(Symbol('u0', integer=True), Integer(-1)), Unequality(Symbol('s86', integer=True), Symbol('u0', integer=True))))",
        "(u0 <= -1) | Ne(s86, u0)", true},
    Golden{"floor(Mul(Rational(1, 2), Symbol('u0', integer=True)))", "floor(u0/2)",
           std::int64_t{-1}},
    Golden{"ceiling(Mul(Rational(1, 2), Symbol('s77', positive=True, integer=True)))",
           "ceiling(s77/2)", std::int64_t{3}},
    Golden{"LessThan(Symbol('u0', integer=True), int_oo)", "u0 <= int_oo", true},
    Golden{"StrictLessThan(Symbol('u0', integer=True), -int_oo)", "u0 < -int_oo", false},
    Golden{"Min(int_oo, Symbol('s77', positive=True, integer=True))", "Min(int_oo, s77)",
           std::int64_t{5}},
    Golden{R"(true)", "True", true},
    Golden{R"(false)", "False", false},
    Golden{R"(Mod(Symbol('s77', positive=True, integer=True), Integer(8)))", "Mod(s77, 8)",
           std::int64_t{5}},
    Golden{R"(Add(PythonMod(Symbol('u0', integer=True), Integer(3)), Integer(1)))",
           "(PythonMod(u0, 3)) + 1", std::int64_t{2}},
    Golden{R"(Mul(Integer(3), PythonMod(Symbol('u0', integer=True), Integer(3))))",
           "3*(PythonMod(u0, 3))", std::int64_t{3}},
    Golden{
        R"(IntTrueDiv(Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True)))",
        "IntTrueDiv(s0, s1)", 0.42857142857142855},
    Golden{
        R"(FloatPow(ToFloat(Symbol('s0', positive=True, integer=True)), Float('0.5', precision=53)))",
        "FloatPow(ToFloat(s0), 0.5)", 1.7320508075688772},
    Golden{
        R"(TruncToInt(Mul(Float('0.29999999999999999', precision=53), ToFloat(Symbol('s77', positive=True, integer=True)))))",
        "TruncToInt(0.3*ToFloat(s77))", std::int64_t{1}},
    Golden{R"(CeilToInt(Symbol('zuf0')))", "CeilToInt(zuf0)", std::int64_t{3}},
    Golden{R"(Float('0.29999999999999999', precision=53))", "0.300000000000000", 0.3},
    Golden{R"(Float('9.9999999999999995e-8', precision=53))", "1.00000000000000e-7", 1e-07},
    Golden{
        R"(Add(ToFloat(Symbol('s0', positive=True, integer=True)), Float('1.0e+20', precision=53)))",
        "ToFloat(s0) + 1.0e+20", 1e+20},
    Golden{
        R"(Mul(Integer(3), PowByNatural(Integer(2), Symbol('s0', positive=True, integer=True))))",
        "3*(PowByNatural(2, s0))", std::int64_t{24}},
    Golden{
        R"(Piecewise(ExprCondPair(Symbol('s0', positive=True, integer=True), StrictGreaterThan(Symbol('u0', integer=True), Integer(1))), ExprCondPair(Add(Symbol('s1', positive=True, integer=True), Integer(-1)), true)))",
        "Piecewise((s0, u0 > 1), (s1 - 1, True))", std::int64_t{6}},
    Golden{
        R"(ModularIndexing(Symbol('s0', positive=True, integer=True), Integer(2), Symbol('s1', positive=True, integer=True)))",
        "ModularIndexing(s0, 2, s1)", std::int64_t{1}},
    Golden{
        R"(Where(StrictGreaterThan(Symbol('u0', integer=True), Integer(1)), Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True)))",
        "Where(u0 > 1, s0, s1)", std::int64_t{7}},
    Golden{R"(Mul(Rational(1, 2), Symbol('s0', positive=True, integer=True)))", "s0/2", 1.5},
    Golden{
        R"(Mul(Rational(1, 2), Pow(Symbol('s1', positive=True, integer=True), Rational(-1, 2))))",
        "1/(2*sqrt(s1))", 0.18898223650461363},
    Golden{R"(Integer(-7))", "-7", std::int64_t{-7}},
    Golden{R"(FloorDiv(Symbol('s86', integer=True), Integer(4)))", "(s86//4)", std::int64_t{-2}},
    Golden{R"(RoundToInt(Symbol('zuf0')))", "RoundToInt(zuf0)", std::int64_t{2}},
    Golden{R"(RoundDecimal(Mul(Float('0.37', precision=53), Symbol('zuf0')), Integer(1)))",
           "RoundDecimal(0.37*zuf0, 1)", 0.9},
    Golden{
        R"(CleanDiv(Mul(Symbol('s0', positive=True, integer=True), Symbol('s1', positive=True, integer=True)), Integer(3)))",
        "((s0*s1)//3)", std::int64_t{7}},
};

const std::string kSymbol = "Symbol('s0', positive=True, integer=True)";

void check_refused(const std::string& text, const std::string& reason) {
  CAPTURE(text);
  try {
    parse_srepr(text);
    FAIL("accepted");
  } catch (const ProgramError& error) {
    CHECK(std::string(error.what()).find(reason) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("expressions print and evaluate as in Python") {
  for (const auto& golden : kGolden) {
    CAPTURE(golden.srepr);
    auto expr = parse_srepr(golden.srepr);
    CHECK(to_string(expr) == golden.str);
    auto value = evaluate(expr, kBindings);
    CHECK(value.index() == golden.value.index());
    auto number = [](auto held) { return static_cast<double>(held); };
    CHECK(std::visit(number, value) == doctest::Approx(std::visit(number, golden.value)));
  }
}

TEST_CASE("the parser accepts nothing but srepr") {
  check_refused("", "at character 0: expected a name");
  check_refused("s0 + 1", "at character 3: expected '('");
  check_refused("__import__('os')", "unknown function '__import__'");
  check_refused("Add(" + kSymbol + ", Integer(1)", "expected ')'");
  check_refused("Add(Integer(1)) ", "expected the end");
  check_refused("Integer(12x)", "expected ')'");
  check_refused("Integer(99999999999999999999)", "does not fit 64 bits");
  check_refused("Float('1e', precision=53)", "expected a number");
  check_refused("Rational(1, 0)", "expected a denominator");
  check_refused("Symbol('s0", "never closed");
  check_refused("FloorDiv(Integer(1))", "FloorDiv cannot have 1 arguments");
  check_refused("Piecewise(Integer(1))", "ExprCondPair belongs in a Piecewise");
  check_refused("Add(ExprCondPair(Integer(1), true))", "ExprCondPair belongs in a Piecewise");
}

TEST_CASE("no function of whole numbers takes a float, and no number is NaN") {
  check_refused("FloorDiv(Add(" + kSymbol + ", Integer(3)), Float('1.5', precision=53))",
                "FloorDiv takes whole numbers, not a float");
  check_refused("CleanDiv(Add(" + kSymbol + ", Float('0.5', precision=53)), Integer(2))",
                "CleanDiv takes whole numbers, not a float");
  check_refused("Add(" + kSymbol + ", Float('nan', precision=53))", "NaN is no size");
}

TEST_CASE("an expression that holds NaN equals itself, is hashed as equal, ordered and printed") {
  const Expr nan = floating(std::numeric_limits<double>::quiet_NaN());
  const Expr negative_nan = floating(-std::numeric_limits<double>::quiet_NaN());
  CHECK(same(nan, negative_nan));
  CHECK(ExprHash()(nan) == ExprHash()(negative_nan));
  const Expr infinity = parse_srepr("Float('inf', precision=53)");
  const Expr sum = add(symbol("s0"), power(subtract(infinity, infinity), symbol("s1")));
  CHECK(to_string(sum) == "s0 + PowByNatural(nan, s1)");
}

TEST_CASE("deep and wide expressions print in reasonable work, others are refused") {
  const std::string size = "Symbol('s77', positive=True, integer=True)";
  std::string nested = size;
  std::string product = size;
  for (int i = 0; i < 30; ++i) {
    const std::string other = "Symbol('s" + std::to_string(i) + "', positive=True, integer=True)";
    nested = "Max(" + other + ", Mul(Integer(2), Min(" + size + ", " + nested + ")))";
    product = "Mul(" + size + ", Add(" + other + ", " + product + "))";
  }
  CHECK(to_string(parse_srepr(nested)).starts_with("Max(s29, 2*Min("));
  CHECK(to_string(parse_srepr(product)).starts_with("s77*("));
  CHECK(same(canonical(parse_srepr(product)), canonical(canonical(parse_srepr(product)))));

  std::string sum = "Add(Integer(1)";
  for (int i = 0; i < 20000; ++i) sum += ", Symbol('s" + std::to_string(i) + "')";
  const std::string text = to_string(parse_srepr(sum + ")"));
  CHECK(text.starts_with("s0 + s1 + s10 + s100"));
  CHECK(text.ends_with(" + 1"));
  CHECK_THROWS_WITH_AS(canonical(parse_srepr("Max" + sum.substr(3) + ")")),
                       "a symbolic expression is too complex to work with", ProgramError);
}

TEST_CASE("nesting and length are limited") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "Add(";
  check_refused(deep, "nested too deeply");
  check_refused(std::string(2 << 20, 'A'), "longer than a mebibyte");
}

TEST_CASE("evaluation refuses what has no 64-bit value") {
  auto value_of = [](const std::string& text, std::int64_t s0) {
    return evaluate(parse_srepr(text), {{"s0", s0}});
  };
  auto largest = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH_AS(value_of("Add(" + kSymbol + ", Integer(1))", largest),
                       "cannot evaluate 's0 + 1': the result overflows", ProgramError);
  CHECK_THROWS_AS(value_of("Mul(Integer(2), " + kSymbol + ")", largest), ProgramError);
  CHECK_THROWS_AS(value_of("Pow(" + kSymbol + ", Integer(2))", largest), ProgramError);
  CHECK_THROWS_WITH_AS(value_of("FloorDiv(Integer(1), " + kSymbol + ")", 0),
                       "cannot evaluate '(1//s0)': division by zero", ProgramError);
  CHECK_THROWS_AS(value_of("FloorDiv(" + kSymbol + ", Integer(-1))", -largest - 1), ProgramError);
  CHECK_THROWS_WITH_AS(value_of("Symbol('u0', integer=True)", 0),
                       "cannot evaluate 'u0': the symbol has no value", ProgramError);
}
