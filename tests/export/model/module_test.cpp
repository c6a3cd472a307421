#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/module.h>

using at::Tensor;
using namespace roundtrip;

TEST_CASE("a callable's arguments are converted and its result becomes a Value") {
  Module model([](const Tensor& x, std::tuple<Tensor, std::int64_t> pair, std::optional<double> z) {
    return std::pair{x * std::get<1>(pair), std::vector<double>{z.value_or(7.0)}};
  });
  const Tensor one = at::ones({2});
  const Value result = model({one, Value::tuple({one, 3})});
  CHECK(result.type_name() == "tuple");
  CHECK(at::equal(result[0].tensor(), one * 3));
  CHECK(result[1][0].to_double() == 7.0);
}

TEST_CASE("keyword arguments are matched by name") {
  Module model([](std::int64_t x, std::int64_t y, std::optional<std::int64_t> z) {
    return 100 * x + 10 * y + z.value_or(0);
  });
  model.arg_names({"x", "y", "z"});
  CHECK(model({1}, {{"z", 3}, {"y", 2}}).to_int() == 123);
  CHECK_THROWS_WITH_AS(model({1}), "forward() misses its argument 'y'", InputError);
  CHECK_THROWS_WITH_AS(model({1, 2}, {{"y", 2}}), "forward() got multiple values for argument 'y'",
                       InputError);
  CHECK_THROWS_WITH_AS(model({1, 2}, {{"w", 2}}),
                       "forward() got an unexpected keyword argument 'w'", InputError);
  CHECK_THROWS_WITH_AS(model({1, 2, 3, 4}), "forward() takes 3 arguments but 4 were given",
                       InputError);
  CHECK_THROWS_AS(model({1, "two"}), InputError);
}

TEST_CASE("default values of a callable hold where nothing after them is given") {
  Module model([](std::int64_t x, std::int64_t y = 2, std::optional<std::int64_t> z = 3) {
    return 100 * x + 10 * y + z.value_or(0);
  });
  model.arg_names({"x", "y", "z"});
  CHECK(model({1}).to_int() == 123);
  CHECK(model({1, 4}).to_int() == 143);
  CHECK(model({1, 4, Value()}).to_int() == 140);
  CHECK(model({1}, {{"y", 5}}).to_int() == 153);
  CHECK_THROWS_WITH_AS(model({1}, {{"z", 5}}),
                       "forward() misses its argument 'y', whose default value only holds if all "
                       "after it are missing, too",
                       InputError);
  CHECK_THROWS_WITH_AS(model({}), "forward() misses its argument 'x'", InputError);
}

namespace {

std::int64_t twice(const Tensor& x) noexcept {
  return 2 * x.numel();
}

}  // namespace

TEST_CASE("a callable may be noexcept, a pointer, and take views of what it is given") {
  CHECK(Module(&twice)({at::ones({3})}).to_int() == 6);
  Module model([](at::IntArrayRef sizes, at::TensorList tensors, std::string_view text,
                  std::optional<at::IntArrayRef> more) noexcept {
    return std::tuple(sizes.vec(), tensors.back(), std::string(text), more.has_value());
  });
  const Value result = model({Value::list({4, 5}), Value::list({at::ones({1}), at::ones({2})}),
                              "text", Value::tuple({7})});
  CHECK(result[0][1].to_int() == 5);
  CHECK(result[1].tensor().size(0) == 2);
  CHECK(result[2].string() == "text");
  CHECK(result[3].to_bool());
}

TEST_CASE("names of a module that is gone stay") {
  const auto made = [] { return Module([](const Tensor& x) { return x; }).arg_names({"input"}); };
  std::string all;
  for (const std::string& name : made().arg_names()) all += name;
  CHECK(all == "input");
  const auto& kept = made().arg_names({"other"});
  CHECK(kept.arg_name(0) == "other");
}

TEST_CASE("a callable may take values as they are") {
  Module model([](const Values& args, const Kwargs& kwargs) -> Value {
    return static_cast<std::int64_t>(args.size() * 10 + kwargs.size());
  });
  CHECK(model({1, 2}, {{"anything", 3}}).to_int() == 21);
}

TEST_CASE("a dry run leaves model, arguments and random numbers as they were") {
  const Tensor buffer = at::zeros({1}), weight = at::ones({1}), x = at::zeros({1});
  Module model(
      [=](const Tensor& x) {
        buffer.add_(1);
        weight.mul_(2);
        x.add_(buffer);
        return std::tuple(buffer, x, at::rand({2}));
      },
      [=] {
        ModuleState state;
        state.buffers.insert("buffer", buffer);
        state.parameters.insert("weight", weight);
        return state;
      });
  at::manual_seed(5);
  const Value first = dry_run(model, {x});
  const Value second = dry_run(model, {x});
  CHECK(bitwise_equal(first, second));
  CHECK(first[0].tensor().item<float>() == 1);
  CHECK(first[1].tensor().item<float>() == 1);
  for (const Tensor& tensor : {buffer, x}) CHECK(tensor.item<float>() == 0);
  CHECK(weight.item<float>() == 1);
  const Tensor next = at::rand({1});
  at::manual_seed(5);
  CHECK(at::equal(at::rand({1}), next));
}
