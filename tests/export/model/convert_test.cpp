#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>
#include <doctest/doctest.h>
#include <roundtrip/callable.h>
#include <roundtrip/error.h>
#include <roundtrip/graph.h>

using at::Tensor;
using namespace roundtrip;

namespace {

template <typename T>
Value value_of(T value) {
  return Convert<T>::to_value(std::move(value));
}
template <typename T>
T from(const Value& value) {
  return Convert<T>::from_value(value);
}

struct Pair {
  Tensor first;
  std::optional<double> second;
};

struct Nested {
  Pair pair;
  std::vector<Tensor> list;
  std::string name;
  at::Device device = at::kCPU;
  std::map<std::string, std::int64_t> numbers;
};

struct Empty {};
struct Derived : Pair {
  Tensor third;
};
struct Borrowed {
  const Tensor& tensor;
};
struct Constructed {
  explicit Constructed(int) {}
};
struct HasConstructed {
  Constructed member;
};

static_assert(FromValue<Nested> && ToValue<Nested> && FromValue<Empty>);
static_assert(!ToValue<Derived>, "a base is no member");
static_assert(!FromValue<Borrowed>, "it would refer to what is gone");
static_assert(!FromValue<HasConstructed> && !ToValue<std::vector<Constructed>>);
static_assert(!FromValue<at::IntArrayRef> && !ToValue<std::optional<at::TensorList>>);

}  // namespace

TEST_CASE("a struct is a tuple of its members") {
  const Nested nested{
      {at::ones({2}), 0.5}, {at::ones({3})}, "name", at::kCPU, {{"b", 2}, {"a", 1}}};
  const Value value = value_of(nested);
  CHECK(value.type_name() == "tuple");
  CHECK(value.size() == 5);
  CHECK(value[0].type_name() == "tuple");
  CHECK(value[0][1].to_double() == 0.5);
  CHECK(value[3].string() == "cpu");
  const auto back = from<Nested>(value);
  CHECK(back.pair.first.is_same(nested.pair.first));
  CHECK(back.list.front().is_same(nested.list.front()));
  CHECK(back.numbers == nested.numbers);
  CHECK(value_of(Empty()).size() == 0);
  CHECK_THROWS_WITH_AS(from<Pair>(Value::tuple({1})), "expected a tuple of 2 items, got 1", Error);
  CHECK_THROWS_WITH_AS(from<Pair>(7), "expected a tuple or list, got int", Error);
}

TEST_CASE("a map is a dict in the order of its keys, an ordered dict in its own") {
  const Value map = value_of(std::map<std::string, std::int64_t>{{"b", 2}, {"a", 1}});
  CHECK(map.container().type == "builtins.dict");
  CHECK(map[0].to_int() == 1);
  CHECK(map["b"].to_int() == 2);
  OrderedMap<Tensor> ordered;
  ordered.insert("b", at::ones({1}));
  ordered.insert("a", at::ones({2}));
  const Value value = value_of(ordered);
  CHECK(value.container().type == "collections.OrderedDict");
  CHECK(value[0].tensor().size(0) == 1);
  CHECK(from<OrderedMap<Tensor>>(value).keys() == std::vector<std::string>{"b", "a"});
  CHECK(from<std::map<std::string, Tensor>>(value).at("a").size(0) == 2);
  CHECK_THROWS_WITH_AS((from<std::map<std::string, Tensor>>(Value::list({}))),
                       "expected a dict, got list", Error);
}

TEST_CASE("an array is a list of just so many items") {
  const Value value = value_of(std::array<std::int64_t, 3>{1, 2, 3});
  CHECK(value.type_name() == "list");
  CHECK(from<std::array<std::int64_t, 3>>(value)[2] == 3);
  CHECK_THROWS_AS((from<std::array<std::int64_t, 2>>(value)), Error);
}

TEST_CASE("a scalar is a number of its kind") {
  CHECK(value_of(at::Scalar(true)).is_bool());
  CHECK(value_of(at::Scalar(3)).is_int());
  CHECK(value_of(at::Scalar(3.0)).is_double());
  CHECK(value_of(at::Scalar(c10::complex<double>(1, 2))).is_complex());
  CHECK(from<at::Scalar>(true).isBoolean());
  CHECK(from<at::Scalar>(3).isIntegral(false));
  CHECK(from<at::Scalar>(3.5).toDouble() == 3.5);
  CHECK_THROWS_WITH_AS(from<at::Scalar>("3"), "expected a number, but the value is a str", Error);
}

TEST_CASE("a device is its name") {
  CHECK(from<at::Device>("cuda:1") == at::Device(at::kCUDA, 1));
  CHECK_THROWS_WITH_AS(from<at::Device>("gpu"),
                       "expected a device such as 'cpu' or 'cuda:0', got 'gpu'", Error);
}

TEST_CASE("an IValue is what it holds") {
  const Tensor x = at::ones({2});
  const Value value = Value::tuple(
      {x, Value::list({x, x}), Value::list({1, 2}), Value::dict({{"k", 0.5}}), Value(), "text"});
  const auto ivalue = from<c10::IValue>(value);
  const auto items = ivalue.toTupleRef().elements();
  CHECK(items[1].toTensorVector().size() == 2);
  CHECK(items[2].toIntVector() == std::vector<std::int64_t>{1, 2});
  CHECK(items[3].toGenericDict().at("k").toDouble() == 0.5);
  CHECK(items[4].isNone());
  CHECK(bitwise_equal(value_of(ivalue), value));
  CHECK(from<c10::IValue>(Value::list({1, "two"})).toListRef().size() == 2);
  CHECK_THROWS_AS(value_of(c10::IValue(at::detail::getDefaultCPUGenerator())), UnsupportedError);
}
