// Integers among the inputs that are symbols of the graph.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

Module product() {
  return Module([](const c10::SymInt& x, const c10::SymInt& y) { return x * y; })
      .arg_names({"x", "y"});
}

Module sum() {
  return Module([](const c10::SymInt& x, const c10::SymInt& y) { return x + y; })
      .arg_names({"x", "y"});
}

Tensor scaled(const c10::SymInt& x, const Tensor& y) {
  return at::mul(y, at::Scalar(x));
}

const Dim kThreeToTen = Dim::DYNAMIC(3, 10);

}  // namespace

TEST(TestExport, test_symint_input_basic) {
  auto program = t.export_program(product(), {4, 5});
  CHECK(program.run({4, 5}).to_int() == 20);
  CHECK(has_in_order(run_error(program, {3, 6}), {"Guard failed: x == 4"}));

  program =
      t.export_program(product(), {4, 5}, {}, dynamic({{"x", Dim::DYNAMIC}, {"y", Dim::AUTO}}));
  CHECK(program.run({4, 5}).to_int() == 20);
  CHECK(program.run({3, 6}).to_int() == 18);

  program =
      t.export_program(product(), {5, 5}, {}, dynamic({{"x", ShapeSpec()}, {"y", Dim::AUTO}}));
  CHECK(program.run({5, 6}).to_int() == 30);
  CHECK(has_in_order(run_error(program, {3, 5}), {"Guard failed: x == 5"}));

  Module nested([](const Value& x, const Tensor& y) { return scaled(x["moo"].sym_int(), y); });
  nested.arg_names({"x", "y"});
  program = t.export_program(
      nested, {Value::dict({{"moo", 2}}), at::ones({3, 3})}, {},
      dynamic({{"x", ShapeSpec::dict({{"moo", Dim::DYNAMIC}})}, {"y", {{0, Dim::DYNAMIC}}}}));
  const Values other{Value::dict({{"moo", 3}}), at::ones({4, 3})};
  CHECK(allclose(program.run(other), nested(other)));
}

TEST(TestExport, test_symint_input_specialization) {
  Module model([](const c10::SymInt& x, const Tensor& y) {
    TORCH_CHECK(x == 3);
    TORCH_CHECK(y.sym_size(0) == 4);
    return scaled(x, y);
  });
  model.arg_names({"x", "y"});
  const Values inputs{3, at::randn({4, 4})};
  CHECK(has_in_order(
      export_error(t, model, inputs, positional({ShapeSpec(Dim::DYNAMIC), ShapeSpec()})),
      {"You marked", "but your code specialized it to be a constant",
       "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or Dim::AUTO"}));
  auto program =
      t.export_program(model, inputs, {}, positional({ShapeSpec(Dim::AUTO), ShapeSpec()}));
  CHECK(has_in_order(run_error(program, {4, at::randn({4, 4})}), {"Guard failed: x == 3"}));
}

TEST(TestExport, test_symint_input_ranges) {
  auto within = [](std::int64_t more_than, std::int64_t less_than) {
    return Module([=](const c10::SymInt& x, const Tensor& y) {
             if (more_than > 0) TORCH_CHECK(x > more_than);
             if (less_than > 0) TORCH_CHECK(x < less_than);
             return scaled(x, y);
           })
        .arg_names({"x", "y"});
  };
  const auto options = positional({ShapeSpec(kThreeToTen), ShapeSpec()});
  auto inputs = [](std::int64_t x) { return Values{x, at::randn({4, 4})}; };
  auto program = t.export_program(within(0, 0), inputs(3), {}, options);
  program.run(inputs(4));
  CHECK(has_in_order(run_error(program, inputs(16)), {"Guard failed: x <= 10"}));
  CHECK(has_in_order(run_error(program, inputs(2)), {"Guard failed: x >= 3"}));

  program = t.export_program(within(3, 6), inputs(4), {}, options);
  CHECK(lower_bounds(program) == std::vector<std::int64_t>{4});
  CHECK(upper_bounds(program) == std::vector<std::int64_t>{5});
  program = t.export_program(within(1, 20), inputs(4), {}, options);
  CHECK(lower_bounds(program) == std::vector<std::int64_t>{3});
  CHECK(upper_bounds(program) == std::vector<std::int64_t>{10});
  CHECK(has_in_order(export_error(t, within(10, 20), inputs(14), options),
                     {"[3, 10], conflicting with ", " [11, 19]"}));
}

TEST(TestExport, test_symint_input_additional_inputs) {
  const auto shapes =
      AdditionalInputs().add({5, 5}).add({3, 5}).add({5, 4}).dynamic_shapes(sum(), {6, 7});
  auto program = t.export_program(sum(), {6, 7}, {}, dynamic(shapes));
  CHECK(program.run({5, 5}).to_int() == 10);
  CHECK(program.run({3, 5}).to_int() == 8);
  CHECK(program.run({5, 4}).to_int() == 9);
}

}  // namespace roundtrip
