// Dim::AUTO, Dim::DYNAMIC and Dim::STATIC.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr const char* kConflicts =
    "Found the following conflicts between user-specified ranges and inferred ranges";

Module plus_two() {
  return Module([](const Tensor& x) { return x + 2; }).arg_names({"x"});
}

/// `xs["data"][0]` as a pair of tensors, the second at most 32 long.
Module pair_of_vectors() {
  return Module([](const Value& xs) {
           const Tensor& x = xs["data"][0][0].tensor();
           const Tensor& y = xs["data"][0][1].tensor();
           TORCH_CHECK(y.sym_size(0) <= 32);
           return std::tuple(x.slice(0, 6), y + 2);
         })
      .arg_names({"xs"});
}

}  // namespace

TEST(TestExport, test_dim_auto_and_dim) {
  Module subtract([](const Tensor& x, const Tensor& y) { return x - y; });
  subtract.arg_names({"x", "y"});
  auto program = t.export_program(subtract, {at::randn({4, 4}), at::randn({4, 4})}, {},
                                  dynamic({{"x", {Dim::AUTO, Dim("d1", 3)}},
                                           {"y", {Dim("d0", std::nullopt, 8), Dim::DYNAMIC}}}));
  CHECK(annotation(program, "x") == annotation(program, "y"));
  CHECK(annotation(program, "x") == "f32[s17, s27]");
  CHECK(program.program().range_constraints["s17"].max_val == 8);
  CHECK(program.program().range_constraints["s27"].min_val == 3);

  Module derived([](const Tensor& x, const Tensor& y, const Tensor& z) {
    return x + y.slice(0, 1, {}, 3) + z;
  });
  derived.arg_names({"x", "y", "z"});
  const Dim dx("dx", 2, 10);
  program = t.export_program(derived, {at::randn({4}), at::randn({13}), at::randn({4})}, {},
                             dynamic({{"x", {dx}}, {"y", {3 * dx + 1}}, {"z", {Dim::AUTO}}}));
  CHECK(annotation(program, "x") == annotation(program, "z"));
  CHECK(annotation(program, "y") == "f32[3*s68 + 1]");

  const auto error = export_error(t, subtract, {at::randn({4}), at::randn({4})},
                                  dynamic({{"x", {Dim::STATIC}}, {"y", {Dim("dy")}}}));
  CHECK(has_in_order(error, {"You marked", "but your code specialized it to be a constant",
                             "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or "
                             "Dim::AUTO"}));
}

TEST(TestExport, test_dim_dynamic_specialization) {
  const auto zero_one = export_error(t, plus_two(), {at::randn({0, 1})},
                                     dynamic({{"x", {{0, Dim::DYNAMIC}, {1, Dim::DYNAMIC}}}}));
  CHECK(has_in_order(zero_one, {"Received user-specified dim hint Dim::DYNAMIC",
                                "but export 0/1 specialized due to hint of 0 for dimension "
                                "inputs['x'].shape[0]",
                                "Received user-specified dim hint Dim::DYNAMIC",
                                "but export 0/1 specialized due to hint of 1 for dimension "
                                "inputs['x'].shape[1]"}));

  Module at_most_32([](const Tensor& x) {
    TORCH_CHECK(x.sym_size(0) <= 32);
    return x + 2;
  });
  at_most_32.arg_names({"x"});
  const auto inferred = export_error(t, at_most_32, {at::randn({32})},
                                     dynamic({{"x", {{0, Dim::DYNAMIC(32, std::nullopt)}}}}));
  CHECK(has_in_order(inferred, {"Received user-specified dim hint Dim::DYNAMIC",
                                "but tracing inferred a static shape of 32 for dimension "
                                "inputs['x'].shape[0]"}));
}

TEST(TestExport, test_dim_hint_ranges) {
  Module add([](const Tensor& x, const Tensor& y) { return x + y; });
  add.arg_names({"x", "y"});
  auto program = t.export_program(
      add, {at::randn({6, 4}), at::randn({6, 4})}, {},
      dynamic({{"x", {Dim::AUTO(4, std::nullopt), Dim::AUTO}},
               {"y", {Dim::DYNAMIC(std::nullopt, 16), Dim::AUTO(std::nullopt, 32)}}}));
  auto of_size = [](std::int64_t rows, std::int64_t columns) {
    return Values{at::randn({rows, columns}), at::randn({rows, columns})};
  };
  program.run(of_size(8, 5));
  CHECK(has_in_order(run_error(program, of_size(3, 5)), {"Guard failed: x.size()[0] >= 4"}));
  CHECK(has_in_order(run_error(program, of_size(17, 5)), {"Guard failed: x.size()[0] <= 16"}));
  CHECK(has_in_order(run_error(program, of_size(9, 33)), {"Guard failed: x.size()[1] <= 32"}));
}

TEST(TestExport, test_dim_hint_range_violations) {
  const Tensor x = at::randn({8}), y = at::randn({8});
  const Values nested{Value::dict({{"data", Value::list({Value::list({x, y})})}})};
  auto error_with = [&](const Tensor& tensor, const Dim& dim) {
    const auto shapes = ShapesCollection().set(tensor, {dim});
    return export_error(t, pair_of_vectors(), nested,
                        dynamic(shapes.dynamic_shapes(pair_of_vectors(), nested)));
  };
  CHECK(has_in_order(error_with(x, Dim::DYNAMIC(std::nullopt, 5)),
                     {kConflicts, "Received user-specified ",
                      " [None, 5], conflicting with the "
                      "inferred ",
                      "[8, int_oo],", " for inputs['xs']['data'][0][0].shape[0]"}));
  CHECK(has_in_order(error_with(y, Dim::AUTO(48, 62)),
                     {kConflicts, "Received user-specified ",
                      " [48, 62], conflicting with the "
                      "inferred ",
                      "[2, 32],", " for inputs['xs']['data'][0][1].shape[0]"}));
  CHECK(has_in_order(
      export_error(t, plus_two(), {at::randn({4})}, dynamic({{"x", {Dim::STATIC(6, 8)}}})),
      {kConflicts, "Received user-specified ",
       " [6, 8], conflicting with the "
       "inferred ",
       "[4, 4],", " for inputs['x'].shape[0]"}));

  Module both([](const Tensor& a, const Tensor& b) {
    TORCH_CHECK(a.sym_size(0) <= 32);
    TORCH_CHECK(b.sym_size(0) >= 128);
    return std::tuple(a + 2, b + 2);
  });
  both.arg_names({"x", "y"});
  const auto error = export_error(
      t, both, {at::randn({16}), at::randn({256})},
      dynamic({{"x", {Dim::DYNAMIC(33, std::nullopt)}}, {"y", {Dim::DYNAMIC(std::nullopt, 127)}}}));
  CHECK(has_in_order(error,
                     {kConflicts, "[33, None], conflicting with the inferred ", "[2, 32],",
                      " for inputs['x'].shape[0]", "[None, 127], conflicting with the inferred ",
                      "[128, int_oo],", " for inputs['y'].shape[0]"}));
}

TEST(TestExport, test_dont_duck_size_for_auto_dynamic) {
  Module model([](const Tensor& x, const Tensor& y) {
    TORCH_CHECK(y.sym_size(1) == 4);
    TORCH_CHECK(x.sym_size(0) == y.sym_size(0) - 1);
    return std::tuple(x * 2, y * 2);
  });
  model.arg_names({"x", "y"});
  auto program =
      t.export_program(model, {at::randn({4, 4}), at::randn({5, 4})}, {},
                       dynamic({{"x", {Dim::AUTO, Dim::AUTO}}, {"y", {Dim::AUTO, Dim::AUTO}}}));
  const Values other{at::randn({6, 3}), at::randn({7, 4})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_dim_dynamic_divisibility) {
  Module model(
      [](const Tensor& x) { return x.sym_size(0) % 2 == 0 ? x.clone() * 2 : x.clone() * 0; });
  model.arg_names({"x"});
  auto program =
      t.export_program(model, {at::randn({4})}, {}, dynamic({{"x", {{0, Dim::DYNAMIC}}}}));
  const Values even{at::randn({8})};
  CHECK(allclose(program.run(even), model(even)));
}

TEST(TestExport, test_range_constraints_with_replacement) {
  Module model([](const Tensor& x, const Tensor& y) { return (x + y).slice(0, {}, 3); });
  auto program = t.export_program(model, {at::randn({4}), at::randn({4})}, {},
                                  positional({{Dim::DYNAMIC}, {Dim::DYNAMIC}}));
  CHECK(lower_bounds(program) == std::vector<std::int64_t>{3});
}

TEST(TestExport, test_dim_dynamic) {
  Module relations(
      [](const Tensor& u, const Tensor& w, const Tensor& x, const Tensor& y, const Tensor& z) {
        return std::tuple(u.slice(0, 1) + w + x, y.flatten() + z);
      });
  relations.arg_names({"u", "w", "x", "y", "z"});
  const Dim dim = Dim::DYNAMIC;
  auto program = t.export_program(
      relations,
      {at::randn({5}), at::randn({4}), at::randn({4}), at::randn({4, 4}), at::randn({16})}, {},
      dynamic({{"u", {dim}}, {"w", {dim}}, {"x", {dim}}, {"y", {dim, dim}}, {"z", {dim}}}));
  const Values other{at::randn({6}), at::randn({5}), at::randn({5}), at::randn({7, 8}),
                     at::randn({56})};
  CHECK(allclose(program.run(other), relations(other)));

  Module specialize([](const Tensor& x) {
    torch_check(x.sym_size(0).sym_eq(4));
    return x + 2;
  });
  specialize.arg_names({"x"});
  CHECK(has_in_order(
      export_error(t, specialize, {at::randn({4, 8})}, dynamic({{"x", {dim, dim}}})),
      {"You marked", "but your code specialized it to be a constant",
       "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or Dim::AUTO"}));

  Module divides([](const Tensor& x) { return x.view_symint({x.sym_size(0) - 1, -1}); });
  divides.arg_names({"x"});
  for (const bool prefers_asserts : {true, false}) {
    auto options = dynamic({{"x", {dim, dim}}});
    options.prefer_deferred_runtime_asserts_over_guards = prefers_asserts;
    // As upstream, the first without what the run does to exports.
    const Values inputs{at::randn({3, 4})};
    program = prefers_asserts ? export_program(divides, inputs, {}, options)
                              : t.export_program(divides, inputs, {}, options);
    program.run({at::randn({5, 8})});
    CHECK(count_in_text(program, "torch.ops.aten._assert_scalar.default(") ==
          (prefers_asserts ? 6 : 0));
    const char* const message =
        prefers_asserts ? "Runtime assertion failed for expression Eq(Mod(s27*s77, s77 - 1), 0)"
                        : "Guard failed: x.size()[1] * x.size()[0] % (-1 + x.size()[0]) == 0";
    CHECK(has_in_order(run_error(program, {at::randn({4, 2})}), {message}));
  }
}

TEST(TestExport, test_dynamic_shapes_bounds) {
  Module model([](const Tensor& x, const Tensor& y, const Value& zs) {
    return x.slice(0, {}, 3) + y.matmul(at::cat({zs[0].tensor(), zs[1].tensor()}));
  });
  model.arg_names({"x", "y", "zs"});
  const Values inputs{at::randn({7, 5}), at::randn({3, 6}),
                      Value::list({at::randn({2, 5}), at::randn({4, 5})})};
  const ShapeSpec all{Dim::DYNAMIC, Dim::DYNAMIC};
  ShapesCollection shapes;
  shapes.set(inputs[0].tensor(), all).set(inputs[1].tensor(), all);
  shapes.set(inputs[2][0].tensor(), all).set(inputs[2][1].tensor(), all);
  CHECK(has_in_order(
      export_error(t, model, inputs, dynamic(shapes.dynamic_shapes(model, inputs))),
      {"Constraints violated",
       "You marked L['y'].size()[0] as dynamic but your code specialized it to be a constant (3)",
       "If you're using Dim::DYNAMIC, replace it with either Dim::STATIC or Dim::AUTO."}));
}

}  // namespace roundtrip
