#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/value.h>

#include <ATen/ATen.h>

#include <limits>

using namespace roundtrip;

TEST_CASE("a container answers by position and by key") {
  Value value = Value::dict({{"a", 1}, {"b", Value::list({2.5, "text", true})}});
  CHECK(value["a"].to_int() == 1);
  CHECK(value["b"][1].string() == "text");
  CHECK(value["b"].size() == 3);
  CHECK_THROWS_WITH_AS(value["c"], "a dict has no key 'c'; its keys: a, b", Error);
  CHECK_THROWS_WITH_AS(value["b"][3], "index 3 is past the end of a list of 3", Error);
}

TEST_CASE("asking for another kind says what is held") {
  CHECK_THROWS_WITH_AS(Value(3).tensor(), "expected a Tensor, but the value is a int", Error);
  CHECK(Value(3).to_double() == 3.0);
}

TEST_CASE("bitwise_equal compares bits, not numbers") {
  double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(bitwise_equal(nan, nan));
  CHECK_FALSE(bitwise_equal(0.0, -0.0));
  CHECK_FALSE(bitwise_equal(1, true));
  CHECK(bitwise_equal(at::ones({2, 3}), at::ones({3, 2}).t()));
  CHECK_FALSE(bitwise_equal(at::ones({2}), at::ones({2}, at::kDouble)));
  CHECK_FALSE(bitwise_equal(Value::list({1}), Value::tuple({1})));
}

TEST_CASE("allclose forgives rounding, as much as the dtype has") {
  const auto third = [](at::ScalarType dtype, double error) {
    return Value::list({at::full({2}, (1 + error) / 3, dtype)});
  };
  CHECK(allclose(third(at::kFloat, 0), third(at::kFloat, 1e-6)));
  CHECK_FALSE(allclose(third(at::kFloat, 0), third(at::kFloat, 1e-3)));
  CHECK(allclose(third(at::kHalf, 0), third(at::kHalf, 5e-4)));
  const Value ones = at::ones({2});
  CHECK(allclose(Value(at::full({1}, NAN)), Value(at::full({1}, NAN))));
  CHECK_FALSE(allclose(ones, Value(at::ones({2}, at::kDouble))));
  CHECK_FALSE(allclose(ones, Value(at::ones({1}))));
  CHECK_FALSE(allclose(1, 1.0));
}

TEST_CASE("zeros without memory are zeros") {
  const at::Tensor zeros = at::_efficientzerotensor({2}, at::kFloat);
  CHECK(bitwise_equal(zeros, at::zeros({2})));
  CHECK(allclose(at::zeros({2}), zeros));
  CHECK_FALSE(allclose(zeros, at::ones({2})));
}
