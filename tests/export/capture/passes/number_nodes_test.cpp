#include "export/capture/passes/number_nodes.h"

#include <doctest/doctest.h>

#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

TEST_CASE("what a function gives is of its own type or its operands', as in Python") {
  Trace trace;
  trace.symbols = std::make_shared<Symbols>(/*is_strict=*/false);
  const Expr real = symbol("zuf0"), whole = symbol("u0");
  trace.numbers["x"] = {real, SymbolType::real};
  trace.numbers["n"] = {whole, SymbolType::integer};
  NumberNodes numbers(trace);
  numbers.set(real, "x");
  numbers.set(whole, "n");
  std::vector<TracedNode> nodes;
  const auto made = [&](const Expr& expr) {
    return numbers.argument(expr, SymbolType::integer, nodes, /*grad_mode=*/true);
  };
  CHECK(made(trunc_to_int(real)).get<schema::SymIntArgument>());
  CHECK(nodes.back().node.target == "math.trunc");
  CHECK(nodes.back().node.inputs[0].name == "x");
  CHECK(made(add(whole, integer(2))).get<schema::SymIntArgument>());
  CHECK(made(add(real, real)).get<schema::SymFloatArgument>());
  CHECK(made(to_float(whole)).get<schema::SymFloatArgument>());
  CHECK(made(less(whole, integer(7))).get<schema::SymBoolArgument>());
}
