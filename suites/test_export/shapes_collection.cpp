// What is dynamic, told by a ShapesCollection or by more example inputs.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// `x + y[0] + z["k"]`
Module sum_of_nested() {
  return Module([](const Tensor& x, const Value& y, const Value& z) {
           return x + y[0].tensor() + z["k"].tensor();
         })
      .arg_names({"x", "y", "z"});
}

}  // namespace

TEST(TestExport, test_dynamic_shapes_builder_basic) {
  const Values args{at::randn({4}), Value::list({at::randn({4})}),
                    Value::dict({{"k", at::randn({4})}})};
  const Dim dim("dim", std::nullopt, 10);
  ShapesCollection shapes;
  shapes.set(args[0].tensor(), {dim}).set(args[1][0].tensor(), {dim});
  shapes.set(args[2]["k"].tensor(), {{0, dim}});
  auto program = t.export_program(sum_of_nested(), args, {},
                                  dynamic(shapes.dynamic_shapes(sum_of_nested(), args)));
  CHECK(all_same(program, {"x", "y_0", "z_k"}));
}

TEST(TestExport, test_dynamic_shapes_builder_kwargs) {
  const Values args{at::randn({4})};
  const Kwargs kwargs{{"z", Value::dict({{"k", at::randn({4})}})},
                      {"y", Value::list({at::randn({4})})}};
  const Dim dim("dim", std::nullopt, 10);
  ShapesCollection shapes;
  shapes.set(args[0].tensor(), {dim}).set(kwargs[0].second["k"].tensor(), {dim});
  shapes.set(kwargs[1].second[0].tensor(), {dim});
  auto program = t.export_program(sum_of_nested(), args, kwargs,
                                  dynamic(shapes.dynamic_shapes(sum_of_nested(), args, kwargs)));
  CHECK(all_same(program, {"x", "y_0", "z_k"}));
}

TEST(TestExport, test_dynamic_shapes_builder_pytree) {
  Module model(
      [](const Value& inp) { return inp[0].tensor() + inp[1][0].tensor() + inp[2]["k"].tensor(); });
  model.arg_names({"inp"});
  const Tensor x = at::randn({4}), y = at::randn({4}), z = at::randn({4});
  const Values args{instance("test_dynamic_shapes_builder_pytree.Inp1",
                             {x, Value::list({y}), Value::dict({{"k", z}})})};
  const Dim dim("dim", std::nullopt, 10);
  ShapesCollection shapes;
  shapes.set(x, {dim}).set(y, {dim}).set(z, {dim});
  auto program = t.export_program(model, args, {}, dynamic(shapes.dynamic_shapes(model, args)));
  CHECK(all_same(program, {"inp_0", "inp_1_0", "inp_2_k"}));
}

TEST(TestExport, test_dynamic_shapes_inferred_basic) {
  Module model([](const Tensor& x, const Value& y, const Value& z) {
    return (x + y[0].tensor()).slice(0, {}, 3) * z["k"].tensor();
  });
  model.arg_names({"x", "y", "z"});
  auto inputs = [](std::int64_t x, std::int64_t y, std::int64_t z) {
    return Values{at::randn({x}), Value::list({at::randn({y})}),
                  Value::dict({{"k", at::randn({z})}})};
  };
  auto inferred = [&](const Values& other) {
    return dynamic(AdditionalInputs().add(other).dynamic_shapes(model, inputs(4, 4, 3)));
  };
  auto program = t.export_program(model, inputs(4, 4, 3), {}, inferred(inputs(5, 5, 3)));
  CHECK(all_same(program, {"x", "y_0"}));
  CHECK(annotation(program, "z_k") == "f32[3]");
  CHECK(has_in_order(run_error(program, inputs(2, 2, 3)), {"Guard failed: x.size()[0] >= 3"}));
  CHECK(has_in_order(run_error(program, inputs(6, 7, 3)), {"Guard failed: y[0].size()[0] == "}));
  CHECK(has_in_order(run_error(program, inputs(5, 5, 4)), {"Guard failed: z['k'].size()[0] == 3"}));
  CHECK(has_in_order(export_error(t, model, inputs(4, 4, 3), inferred(inputs(5, 5, 4))),
                     {"You marked", "but your code specialized it to be a constant",
                      "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or "
                      "Dim::AUTO"}));
}

TEST(TestExport, test_additional_inputs_constants) {
  Module model(
      [](const Value& d) { return d[3].tensor() + at::Scalar(d[1].sym_int()) + d[2].to_double(); });
  model.arg_names({"d"});
  auto input = [](bool b, Value i, double f, std::int64_t size) {
    return Values{instance("test_additional_inputs_constants.D", {b, i, f, at::ones({size})})};
  };
  const Values first = input(true, 3, 3.0, 3);
  auto message = [&](const Values& args, const Values& other) {
    try {
      AdditionalInputs().add(args).add(other).dynamic_shapes(model, args);
    } catch (const CaptureError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto shapes =
      AdditionalInputs().add(first).add(input(true, 4, 3.0, 4)).dynamic_shapes(model, first);
  auto program = t.export_program(model, first, {}, dynamic(shapes));
  const Values third = input(true, 7, 3.0, 9);
  CHECK(allclose(program.run(third), model(third)));
  CHECK(has_in_order(message(first, input(true, 3, 4.0, 3)),
                     {"they cannot be marked as dynamic: (3.0, 3.0, 4.0)"}));
  CHECK(has_in_order(message(first, input(false, 3, 3.0, 3)),
                     {"they cannot be marked as dynamic: (True, True, False)"}));
  CHECK(has_in_order(message(input(true, 0, 3.0, 3), input(true, false, 3.0, 3)),
                     {"differing types, so they cannot be marked as dynamic: (0, 0, False)"}));
}

}  // namespace roundtrip
