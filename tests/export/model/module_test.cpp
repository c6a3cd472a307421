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
