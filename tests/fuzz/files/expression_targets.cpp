#include <roundtrip/error.h>

#include "export/symbolic/expr/algebra.h"
#include "export/symbolic/expr/expr.h"
#include "tests/fuzz/files/target.h"

namespace roundtrip::fuzz {

namespace {

const std::vector<std::string> kLeaves = {"Symbol('s77', positive=True, integer=True)",
                                          "Symbol('s0', positive=True, integer=True)",
                                          "Symbol('u0', integer=True)",
                                          "Symbol('zuf0')",
                                          "Integer(2)",
                                          "Integer(-1)",
                                          "Integer(9223372036854775807)",
                                          "Float('0.5', precision=53)",
                                          "Float('inf', precision=53)",
                                          "Float('nan', precision=53)",
                                          "Rational(1, 2)",
                                          "true",
                                          "int_oo",
                                          "-int_oo"};

const std::vector<std::string> kFunctions = {
    "Add",       "Mul",          "Max",          "Min",         "Pow",
    "FloorDiv",  "Mod",          "PythonMod",    "IntTrueDiv",  "FloatTrueDiv",
    "Equality",  "Unequality",   "LessThan",     "GreaterThan", "StrictLessThan",
    "And",       "Or",           "Not",          "ToFloat",     "TruncToInt",
    "CeilToInt", "FloorToInt",   "PowByNatural", "CleanDiv",    "ModularIndexing",
    "Where",     "LShift",       "RoundToInt",   "FloatPow",    "OpaqueUnaryFn_sqrt",
    "Identity",  "RoundDecimal", "CeilDiv",      "Abs",         "BitwiseFn_bitwise_and",
    "Piecewise", "ExprCondPair"};

}  // namespace

std::string random_expression(Random& random, int depth) {
  if (depth == 0 || random() % 4 == 0) return one_of(kLeaves, random);
  const std::string& function = one_of(kFunctions, random);
  const bool is_sum = function == "Add" || function == "Mul" || function == "Max";
  std::string text = function + "(";
  for (auto count = 1 + random() % (is_sum ? 5 : 3); count > 0; --count) {
    text += random_expression(random, depth - 1) + (count > 1 ? ", " : "");
  }
  return text + ")";
}

namespace {

/// Short text that asks for much: one part, many times in itself.
std::string nested_expression(Random& random) {
  std::string text = one_of(kLeaves, random);
  const std::string inner = random_expression(random, 2);
  for (auto times = random() % 50; times > 0; --times) {
    text = one_of(kFunctions, random) + "(" + text + ", " + inner + ")";
  }
  return text;
}

void read_expression(const std::string& text) {
  const Expr expr = parse_srepr(text);
  to_string(expr);
  const auto attempt = [&](const auto& step) {
    try {
      step();
    } catch (const Error&) {
    }
  };
  attempt([&] { to_srepr(canonical(expr)); });
  const Bindings bindings{
      {"s77", std::int64_t{5}}, {"s0", std::int64_t{3}}, {"u0", std::int64_t{-2}}, {"zuf0", 2.5}};
  attempt([&] { evaluate(expr, bindings); });
}

}  // namespace

std::vector<Target> expression_targets() {
  return {{"expressions",
           [](Random& random) {
             if (random() % 3 == 0) return nested_expression(random);
             std::string text = random_expression(random, 5);
             return random() % 2 ? text : mutate_text(text, random, kFunctions);
           },
           read_expression}};
}

}  // namespace roundtrip::fuzz
