// What the model demands of sizes against what was asked of them, and the fixes it suggests.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

Module matmul_of_two() {
  return Module([](const Tensor& x, const Tensor& y) { return x.matmul(y); }).arg_names({"x", "y"});
}

const char* const kSpecialized = "but your code specialized it to be a constant";
const char* const kReplaceDynamic =
    "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or Dim::AUTO";

}  // namespace

TEST(TestExport, test_non_strict_dynamic_shapes) {
  const Tensor u = at::ones({1}), v = at::ones({1});
  Module model(
      [=](const Tensor& x, const Value& ys, const Value& zs, const Tensor& c) {
        Tensor y = ys[0].tensor() + ys[1].tensor() + zs["a"].tensor() + zs["b"].tensor();
        v.add_(3);
        const Tensor w = u - v;
        if (x.sym_size(0) < 3 && c.sym_size(0) != 4) return std::tuple(x + w, x + y);
        return std::tuple(x - w, x - y);
      },
      state({}, {{"u", u}, {"v", v}}));
  model.arg_names({"x", "ys", "zs", "c"});
  auto inputs = [](std::int64_t x, std::int64_t others, std::int64_t c) {
    return Values{at::ones({x}), Value::list({at::zeros({others}), at::ones({others})}),
                  Value::dict({{"a", at::zeros({others})}, {"b", at::ones({others})}}),
                  at::ones({c})};
  };
  const ShapeSpec size{{0, Dim("dim", 3)}};
  auto options = positional({size, ShapeSpec::list({size, size}),
                             ShapeSpec::dict({{"a", size}, {"b", size}}), ShapeSpec()});
  options.strict = false;
  auto program = t.export_program(model, inputs(5, 5, 4), {}, options);
  CHECK(has_in_order(run_error(program, inputs(6, 5, 4)),
                     {"Guard failed: ys[0].size()[0] == x.size()[0]"}));
  CHECK(has_in_order(run_error(program, inputs(5, 5, 6)), {"Guard failed: c.size()[0] == 4"}));
  program.run(inputs(7, 7, 4));
  CHECK(has_in_order(export_error(t, model, inputs(2, 2, 4), options), {"2 not in range", "3,"}));
}

TEST(TestExport, test_non_strict_dynamic_shapes_suggested_fixes) {
  Module model([](const Tensor& x, const Tensor& c) {
    if (x.sym_size(0) <= 6) return std::tuple(x + 1, c + 2);
    return std::tuple(x - 1, c - 2);
  });
  model.arg_names({"x", "c"});
  auto options = positional({{{0, Dim("dim", 3)}}, ShapeSpec()});
  options.strict = false;
  CHECK(has_in_order(
      export_error(t, model, {at::ones({5}), at::ones({4})}, options),
      {"Constraints violated (dim)!", "Not all values of dim", "satisfy the generated guard",
       "Suggested fixes:", "dim = Dim('dim', min=3, max=6)"}));
}

TEST(TestExport, test_export_api_with_dynamic_shapes) {
  const Module model = matmul_of_two();
  const Dim batch("batch"), size("size"), M("M"), K("K"), K1("K1"), K2("K2"), N("N");
  const Values inputs{at::randn({10, 2, 3}), at::randn({10, 3, 4})};
  auto same_shape = [&](const ExportedProgram& program, const Values& args) {
    return program.run(args).tensor().sizes() == model(args).tensor().sizes();
  };

  const auto both = dynamic({{"x", {{0, batch}}}, {"y", {{0, batch}}}});
  auto program = t.export_program(model, {inputs[0]}, {{"y", inputs[1]}}, both);
  CHECK(allclose(program.run({inputs[0]}, {{"y", inputs[1]}}), model(inputs)));
  CHECK(has_in_order(
      export_error(t, model, inputs, dynamic({{"x", {{0, batch}}}, {"y", ShapeSpec()}})),
      {"You marked", kSpecialized, kReplaceDynamic, "Suggested fixes:", "batch = 10"}));
  program = t.export_program(model, inputs, {}, both);
  CHECK(same_shape(program, inputs));

  const Dim bounded("batch", 8, 64);
  const Values square{at::randn({10, 3, 3}), at::randn({10, 3, 3})};
  program = t.export_program(model, square, {},
                             dynamic({{"x", {bounded, size, size}}, {"y", {bounded, size, size}}}));
  CHECK(annotation(program, "x") == "f32[s17, s27, s27]");
  CHECK(annotation(program, "y") == "f32[s17, s27, s27]");
  CHECK(same_shape(program, square));
  program =
      t.export_program(model, inputs, {}, dynamic({{"x", {batch, M, K}}, {"y", {batch, K, N}}}));
  CHECK(same_shape(program, {at::randn({6, 5, 7}), at::randn({6, 7, 8})}));

  CHECK(has_in_order(
      export_error(t, model, inputs, dynamic({{"x", {batch, M, K1}}, {"y", {batch, K2, N}}})),
      {"Constraints violated (K2)!", "K2", "and", "K1", "must always be equal",
       "Suggested fixes:", "K2 = K1"}));
  CHECK(
      has_in_order(export_error(t, model, inputs,
                                dynamic({{"x", {batch, M, K1}}, {"y", {batch, std::nullopt, N}}})),
                   {"You marked", kSpecialized, kReplaceDynamic, "Suggested fixes:", "K1 = 3"}));

  Module guarded([](const Tensor& x, const Tensor& y) {
    return x.sym_size(0) < 16 && y.sym_size(1) % 3 == 0 ? x.matmul(y) : x + y;
  });
  guarded.arg_names({"x", "y"});
  const auto error =
      export_error(t, guarded, inputs, dynamic({{"x", {batch, M, K}}, {"y", {batch, K, N}}}));
  CHECK(has_in_order(error,
                     {"Constraints violated", "Not all values of K", "satisfy the generated guard",
                      "Not all values of batch", "satisfy the generated guard",
                      "Suggested fixes:", "batch = Dim('batch', max=15)", "K = 3*_K"}));
}

TEST(TestExport, test_suggested_fixes_new_roots) {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& z) -> Value {
    if (x.sym_size(0) >= 5 && x.sym_size(0) <= 36 && y.sym_size(0) % 3 == 0) {
      return x + y.slice(0, 1) + z.slice(0, 3);
    }
    return {};
  });
  model.arg_names({"x", "y", "z"});
  const Values inputs{at::randn({11}), at::randn({12}), at::randn({14})};
  CHECK(has_in_order(
      export_error(t, model, inputs,
                   dynamic({{"x", {Dim("dx")}}, {"y", {Dim("dy")}}, {"z", {Dim("dz")}}})),
      {"Constraints violated", "Suggested fixes", "_dx = Dim('_dx', max=12)", "dx = 3*_dx - 1",
       "dy = 3*_dx", "dz = 3*_dx + 2"}));
  const Dim root("_dx", 2, 12);
  auto program =
      t.export_program(model, inputs, {},
                       dynamic({{"x", {3 * root - 1}}, {"y", {3 * root}}, {"z", {3 * root + 2}}}));
  const Values other{at::randn({14}), at::randn({15}), at::randn({17})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_export_mod_constraints) {
  Module model([](const Tensor& x) { return x.view_symint({x.sym_size(0) - 1, -1}); });
  model.arg_names({"x"});
  const Values inputs{at::randn({3, 4})};
  auto options = dynamic({{"x", {Dim("dim0_x", 3), Dim("dim1_x", std::nullopt, 8000)}}});
  options.prefer_deferred_runtime_asserts_over_guards = true;
  auto program = t.export_program(model, inputs, {}, options);
  program.run({at::randn({4, 3})});
  CHECK(has_in_order(run_error(program, {at::randn({4, 5})}),
                     {"Runtime assertion failed for expression Eq(Mod(s27*s77, s77 - 1), 0)"}));

  const Dim even = 2 * Dim("_dim1_x", std::nullopt, 4000);
  program = t.export_program(model, inputs, {}, dynamic({{"x", {std::nullopt, even}}}));
  CHECK(has_in_order(run_error(program, {at::randn({3, 5})}),
                     {"Guard failed: 3 * x.size()[1] % 2 == 0"}));
}

TEST(TestExport, test_disable_forced_specializations_errors) {
  Module model([](const Tensor& w, const Tensor& x, const Tensor& y, const Tensor& z) {
    return std::tuple(w.reshape({-1}) + x, y + z);
  });
  model.arg_names({"w", "x", "y", "z"});
  auto options = dynamic({{"w", {Dim("dw0"), Dim("dw1")}},
                          {"x", {Dim("dx0")}},
                          {"y", {Dim("dy")}},
                          {"z", {Dim("dz")}}});
  options.strict = false;
  CHECK(has_in_order(
      export_error(t, model, {at::randn({3, 4}), at::randn({12}), at::randn({4}), at::randn({4})},
                   options),
      {"Constraints violated", "Suggested fixes:", "dz = dy"}));
}

TEST(TestExport, test_multiple_definitions_same_name_dim) {
  Module model([](const Tensor& x, const Tensor& y) { return x.matmul(y); });
  model.arg_names({"x", "y"});
  const Dim A("C", 3), B("C", std::nullopt, 12);
  CHECK(has_in_order(export_error(t, model, {at::randn({10, 10}), at::randn({10, 10})},
                                  dynamic({{"x", {A, B}}, {"y", {B, A}}})),
                     {"Found different definitions Dim('C', min=3) and Dim(", "max=12)",
                      "for the same symbolic dimension"}));
}

TEST(TestExport, test_runtime_assert_for_prim) {
  Module model([](const Tensor& x, const Value& y) {
    return y.is_int() ? x + y.to_int() : x + y.to_double();
  });
  model.arg_names({"x", "y"});
  const auto options = dynamic({{"x", {{0, Dim("dim0_x", 6)}}}, {"y", ShapeSpec()}});
  auto program = t.export_program(model, {at::ones({7, 5}), 5}, {}, options);
  CHECK(allclose(program.run({at::ones({8, 5}), 5}), model({at::ones({8, 5}), 5})));
  CHECK(has_in_order(run_error(program, {at::ones({8, 5}), 6}), {"Guard failed: y == 5"}));
  program = t.export_program(model, {at::ones({7, 5}), 5.0}, {}, options);
  CHECK(has_in_order(run_error(program, {at::ones({7, 5}), 6.0}), {"Guard failed: y == 5.0"}));
}

TEST(TestExport, test_export_for_training_with_dynamic_shapes) {
  auto make = [] {
    const Tensor buffer = at::ones({4, 4});
    return Module(
        [=](const Tensor& x) {
          x.add_(5);
          buffer.add_(5);
          return x + buffer.sum();
        },
        state({}, {{"buffer", buffer}}));
  };
  const auto options = positional({{{0, Dim("x")}}});
  auto program = t.export_program(make(), {at::ones({4, 4})}, {}, options);
  CHECK(allclose(program.run({at::ones({2, 4})}), make()({at::ones({2, 4})})));
}

TEST(TestExport, test_masked_select_dynamic) {
  Module model([](const Tensor& x) { return x.masked_select(x.ge(0.5)); });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::randn({3, 4, 5})}, {},
                                  dynamic({{"x",
                                            {{0, Dim("dim0_x", std::nullopt, 100)},
                                             {1, Dim("dim1_x_max", std::nullopt, 7)}}}}));
  CHECK(upper_bounds(program).back() == 100 * 7 * 5);
}

TEST(TestExport, test_nonzero_dynamic) {
  Module model([](const Tensor& x, bool as_tuple) -> Value {
    if (!as_tuple) return x.nonzero();
    Values columns;
    for (const Tensor& column : x.nonzero_numpy()) columns.emplace_back(column);
    return Value::tuple(columns);
  });
  model.arg_names({"x", "as_tuple"});
  const ShapeSpec sizes{{0, Dim("dim0_x", std::nullopt, 100)},
                        {1, Dim("dim1_x_max", std::nullopt, 7)}};
  for (const bool as_tuple : {true, false}) {
    auto program = t.export_program(model, {at::randn({3, 4, 5}), as_tuple}, {},
                                    dynamic({{"x", sizes}, {"as_tuple", ShapeSpec()}}));
    CHECK(upper_bounds(program).back() == 100 * 7 * 5);
  }
  auto program = t.export_program(model, {at::scalar_tensor(10, at::kLong), false});
  for (const std::int64_t bound : upper_bounds(program)) CHECK(bound == 1);
}

}  // namespace roundtrip
