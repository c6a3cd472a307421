#include "export/interpreter/steps/sym_ops.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <cstdint>
#include <limits>
#include <vector>

using namespace roundtrip;
using c10::IValue;

namespace {

IValue call(const std::string& target, std::vector<IValue> args) {
  auto* op = find_sym_op(target);
  REQUIRE(op);
  REQUIRE(op->arity == args.size());
  return op->function(args.data());
}

std::int64_t integer(const std::string& target, std::vector<IValue> args) {
  auto result = call(target, std::move(args));
  REQUIRE(result.isInt());
  return result.toInt();
}

double real(const std::string& target, std::vector<IValue> args) {
  auto result = call(target, std::move(args));
  REQUIRE(result.isDouble());
  return result.toDouble();
}

bool boolean(const std::string& target, std::vector<IValue> args) {
  auto result = call(target, std::move(args));
  REQUIRE(result.isBool());
  return result.toBool();
}

const std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
const std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
const double kInf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("integer division and modulo follow the divisor's sign") {
  CHECK(integer("_operator.floordiv", {7, 2}) == 3);
  CHECK(integer("_operator.floordiv", {-7, 2}) == -4);
  CHECK(integer("_operator.floordiv", {7, -2}) == -4);
  CHECK(integer("_operator.mod", {-7, 2}) == 1);
  CHECK(integer("_operator.mod", {7, -2}) == -1);
  CHECK(integer("_operator.mod", {kMin, -1}) == 0);
  CHECK(integer("_operator.mod", {true, 2}) == 1);
}

TEST_CASE("float division and modulo are CPython's, rounding included") {
  CHECK(real("_operator.floordiv", {1.0, 0.1}) == 9.0);
  CHECK(real("_operator.mod", {1.0, 0.1}) == 0.09999999999999995);
  CHECK(real("_operator.floordiv", {6.0, -0.1}) == -60.0);
  CHECK(real("_operator.floordiv", {-5.0, kInf}) == -1.0);
  CHECK(real("_operator.mod", {-5.0, kInf}) == kInf);
  CHECK(real("_operator.truediv", {7, 2}) == 3.5);
  CHECK(real("_operator.truediv", {9007199254740993, 3}) == 3002399751580331.0);  // rounded once
}

TEST_CASE("pow stays an integer unless the exponent is negative") {
  CHECK(integer("_operator.pow", {3, 4}) == 81);
  CHECK(integer("_operator.pow", {-1, kMax}) == -1);
  CHECK(real("_operator.pow", {2, -1}) == 0.5);
  CHECK(real("_operator.pow", {2.0, 0.5}) == doctest::Approx(1.4142135));
}

TEST_CASE("comparisons and logic give bools, bitwise operators keep ints") {
  CHECK(boolean("_operator.le", {2, 2.0}));
  CHECK_FALSE(boolean("_operator.ne", {true, 1}));
  CHECK(boolean("torch.sym_not", {0}));
  CHECK(boolean("_operator.and_", {true, true}));
  CHECK(integer("_operator.or_", {4, 1}) == 5);
  CHECK(integer("_operator.lshift", {3, 2}) == 12);
  CHECK(integer("_operator.rshift", {-5, 1}) == -3);
}

TEST_CASE("conversions and choices") {
  CHECK(integer("math.trunc", {-2.7}) == -2);
  CHECK(integer("math.floor", {-2.2}) == -3);
  CHECK(integer("math.ceil", {-2.7}) == -2);
  CHECK(integer("math.ceil", {true}) == 1);
  CHECK(integer("builtins.round", {-2.5}) == -2);
  CHECK(integer("torch.sym_int", {true}) == 1);
  CHECK(real("torch.sym_float", {3}) == 3.0);
  CHECK(integer("torch.sym_max", {3, 5}) == 5);
  CHECK(real("torch.sym_min", {3, 5.0}) == 3.0);
  CHECK(integer("torch.sym_ite", {false, 1, 2}) == 2);
  CHECK(real("torch._sym_sqrt", {9}) == 3.0);
  CHECK(integer("_operator.neg", {true}) == -1);
}

TEST_CASE("what Python refuses is refused in its words") {
  CHECK_THROWS_WITH_AS(call("_operator.floordiv", {7, 0}), "integer division or modulo by zero",
                       Error);
  CHECK_THROWS_WITH_AS(call("_operator.mod", {7, 0}), "integer modulo by zero", Error);
  CHECK_THROWS_WITH_AS(call("_operator.truediv", {7, 0}), "division by zero", Error);
  CHECK_THROWS_WITH_AS(call("_operator.floordiv", {7.0, 0}), "float floor division by zero", Error);
  CHECK_THROWS_WITH_AS(call("_operator.pow", {0, -1}), "0.0 cannot be raised to a negative power",
                       Error);
  for (const char* rounding : {"math.trunc", "math.floor", "math.ceil", "builtins.round"}) {
    CHECK_THROWS_WITH_AS(call(rounding, {kInf}), "cannot convert float infinity to integer", Error);
  }
  CHECK_THROWS_WITH_AS(call("_operator.lshift", {1, -1}), "negative shift count", Error);
  CHECK_THROWS_WITH_AS(call("_operator.add", {IValue("a"), 1}),
                       "expected a number, but got a String", Error);
}

TEST_CASE("integers that leave 64 bits are errors, not wrong numbers") {
  CHECK_THROWS_AS(call("_operator.add", {kMax, 1}), Error);
  CHECK_THROWS_AS(call("_operator.mul", {kMax, 2}), Error);
  CHECK_THROWS_AS(call("_operator.floordiv", {kMin, -1}), Error);
  CHECK_THROWS_AS(call("_operator.lshift", {1, 63}), Error);
  CHECK_THROWS_AS(call("_operator.pow", {10, 19}), Error);
  CHECK_THROWS_AS(call("math.trunc", {1e19}), Error);
}

TEST_CASE("an unknown operator is none") {
  CHECK(find_sym_op("_operator.matmul") == nullptr);
}
