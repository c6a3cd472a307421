#include "export/capture/passes/number_nodes.h"

#include <doctest/doctest.h>

#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

TEST_CASE("what a function gives is of its own type or its operands', as in Python") {
  Trace trace;
  trace.symbols = std::make_shared<Symbols>(/*is_strict=*/false);
  ShapeEnv& env = trace.symbols->env;
  const Expr real = env.new_unbacked_float(1.5), whole = env.new_unbacked_int(3);
  InsertionPoint point{trace};
  GraphValue& x = trace.graph.add_value("x", SymFloat(SymExpr{"zuf0", {}}));
  GraphValue& n = trace.graph.add_value("n", SymInt(SymExpr{"u0", {}}));
  trace.numbers = {{&x, {real, SymbolType::real}}, {&n, {whole, SymbolType::integer}}};
  NumberNodes numbers(point);
  numbers.set(real, x);
  numbers.set(whole, n);
  CHECK(numbers.argument(trunc_to_int(real)).get<SymIntArgument>());
  CHECK(point.last->target() == "math.trunc");
  CHECK(point.last->inputs()[0].name == "x");
  CHECK(numbers.argument(add(whole, integer(2))).get<SymIntArgument>());
  CHECK(numbers.argument(add(real, real)).get<SymFloatArgument>());
  CHECK(numbers.argument(to_float(whole)).get<SymFloatArgument>());
  CHECK(numbers.argument(less(whole, integer(7))).get<SymBoolArgument>());
}
