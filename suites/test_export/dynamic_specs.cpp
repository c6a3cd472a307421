// How one says what is dynamic: by name and position, nested.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

ShapeSpec one_list(std::vector<ShapeSpec> items, const char* key = "k") {
  const ShapeSpec list = ShapeSpec::list(std::move(items));
  return ShapeSpec::dict({{"k", ShapeSpec::dict({{key, list}})}});
}

}  // namespace

TEST(TestExport, test_mismatched_dynamic_shapes) {
  Module model([](const Value& x) { return x["k"]["k"][0].tensor() + x["k"]["k"][1].tensor(); });
  model.arg_names({"x"});
  const Values inputs{
      Value::dict({{"k", Value::dict({{"k", Value::list({at::rand({4}), at::rand({4})})}})}})};
  const Dim dim("dim");
  auto error = [&](DynamicShapes shapes) {
    return export_error(t, model, inputs, dynamic(std::move(shapes)));
  };
  const ShapeSpec vector{dim};
  CHECK(has_in_order(
      error({{"k", ShapeSpec::dict({{"k", ShapeSpec::list({dim, dim})}})}}),
      {"When `dynamic_shapes` is specified as a dict, its top-level keys must be the arg names "
       "['x'] of `inputs`, but here they are ['k']. Since here `inputs` is a list/tuple enclosing "
       "a single dict, maybe you just forgot to enclose `dynamic_shapes` in a list/tuple?"}));
  CHECK(has_in_order(
      error(DynamicShapes::positional({one_list({dim, dim})})),
      {"Unexpected input tensor shape ", "dim",
       "specified at `dynamic_shapes[0]['k']['k'][0]` (expected either a list/tuple of "
       "dimensions, or a dict mapping indices to dimensions, where each dimension is an int, a "
       "Dim, Dim::AUTO, Dim::STATIC, or Dim::DYNAMIC)"}));
  CHECK(has_in_order(
      error(DynamicShapes::positional(
          {ShapeSpec::dict({{"k", ShapeSpec::dict({{"k", ShapeSpec{dim, dim}}})}})})),
      {"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: "
       "`inputs[0]['k']['k']` is a <class 'list'>, but `dynamic_shapes[0]['k']['k']` is a "
       "<class 'tuple'>"}));
  t.export_program(model, inputs, {},
                   dynamic(DynamicShapes::positional({one_list({vector, vector})})));
  CHECK(has_in_order(
      error(DynamicShapes::positional(
          {ShapeSpec::dict({{"k", ShapeSpec::dict({{"k", ShapeSpec(dim)}})}})})),
      {"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: "
       "`inputs[0]['k']['k']` is a <class 'list'>, but `dynamic_shapes[0]['k']['k']` is not"}));
  CHECK(has_in_order(
      error({{"x", one_list({vector})}, {"k", one_list({vector})}}),
      {"its top-level keys must be the arg names ['x'] of `inputs`, but here they are ['x', 'k']. "
       "Alternatively, you could also ignore arg names entirely and specify `dynamic_shapes` as a "
       "list/tuple matching `inputs`."}));
  CHECK(has_in_order(
      error(DynamicShapes::positional({one_list({vector, vector, vector})})),
      {"`inputs[0]['k']['k']` has 2 elements, but `dynamic_shapes[0]['k']['k']` has 3 elements"}));
  CHECK(has_in_order(
      error(DynamicShapes::positional({one_list({vector, vector, vector}, "K")})),
      {"`inputs[0]['k']` has keys ['k'], but `dynamic_shapes[0]['k']` has keys ['K']"}));

  Module plus_two([](const Tensor& x) { return x + 2; });
  plus_two.arg_names({"x"});
  CHECK(has_in_order(
      export_error(t, plus_two, {at::randn({4, 8, 6})}, dynamic({{"x", {dim, std::nullopt}}})),
      {"Expected dynamic shape spec ",
       " at `dynamic_shapes['x']` to have the same length as the "
       "actual tensor shape torch.Size([4, 8, 6]) (expected 3, but got 2 instead)"}));
}

TEST(TestExport, test_static_dim_constraints) {
  const Tensor weight = parameter(at::randn({4, 6})), bias = parameter(at::randn({4}));
  Module model(
      [=](const Tensor& x, const Tensor& y, const Tensor& z) {
        return std::tuple(at::linear(x, weight, bias) + y.slice(0, 1), z * 2.0);
      },
      state({{"l.weight", weight}, {"l.bias", bias}}));
  model.arg_names({"x", "y", "z"});
  const Values inputs{at::randn({4, 6}), at::randn({5, 4}), at::randn({3, 3})};
  const Dim dx("dx", 3, 6);
  const Dim dy = dx + 1;
  const Dim dz("dz", 3, 6);
  const std::optional<Dim> none;
  const std::vector<Values> wrong{{at::randn({4, 7}), at::randn({5, 4}), at::randn({3, 3})},
                                  {at::randn({4, 6}), at::randn({5, 5}), at::randn({3, 3})},
                                  {at::randn({4, 6}), at::randn({5, 4}), at::randn({3, 4})}};
  const std::vector<std::vector<ShapeSpec>> fine{
      {{{0, dx}, {1, 6}}, {{0, dy}, {1, 4}}, {{0, dz}, {1, 3}}},
      {{dx, none}, {dy, 4}, {dz, 3}},
      {{none, 6}, {5, none}, {none, none}},
      {{4, 6}, {{1, 4}}, {{1, 3}}},
      {ShapeSpec(), ShapeSpec(), {Dim::STATIC, Dim::STATIC}}};
  for (const auto& shapes : fine) {
    auto program = t.export_program(model, inputs, {}, positional(shapes));
    CHECK(allclose(program.run(inputs), model(inputs)));
    for (const Values& args : wrong) {
      CHECK(has_in_order(run_error(program, args), {"Guard failed"}));
    }
  }

  auto program = t.export_program(model, inputs, {}, positional({{dx, none}, {dy, 4}, {dz, 3}}));
  CHECK(program.program().range_constraints.size() == 3);
  for (const auto& range : program.program().range_constraints.values()) {
    CHECK(range.min_val < range.max_val);
  }
  CHECK(has_in_order(
      export_error(t, model, inputs, positional({{5, none}, ShapeSpec(), ShapeSpec()})),
      {"Static shape constraint of 5 does not match input size of 4, for "}));
  CHECK(has_in_order(export_error(t, model, inputs, positional({{dx, 9}, {dy, 4}, {3, 3}})),
                     {"Static shape constraint of 9 does not match input size of 6, for "}));
}

TEST(TestExport, test_dynamic_shapes_dataclass) {
  Module model([](const Value& inputs) { return inputs[0].tensor().matmul(inputs[1].tensor()); });
  model.arg_names({"inputs"});
  const Dim batch("batch");
  const ShapeSpec first{{0, batch}};
  auto program = t.export_program(model,
                                  {instance("test_export_api_with_dynamic_shapes.Inp2",
                                            {at::randn({10, 2, 3}), at::randn({10, 3, 4})})},
                                  {}, dynamic({{"inputs", ShapeSpec::list({first, first})}}));
  CHECK(has_in_order(annotation(program, "inputs_0"), {"f32[s", ", 2, 3]"}));
  CHECK(has_in_order(annotation(program, "inputs_1"), {"f32[s", ", 3, 4]"}));
}

TEST(TestExport, test_preserve_shape_dynamism_for_unused_inputs) {
  Module model([](const Value& x) { return x[0].tensor() + 1; });
  model.arg_names({"x"});
  const Values inputs{instance("test_preserve_shape_dynamism_for_unused_inputs.Inp3",
                               {at::ones({10, 4}), at::zeros({10, 4})})};
  auto program = t.export_program(model, inputs);
  CHECK(annotation(program, "x_0") == "f32[10, 4]");
  CHECK(annotation(program, "x_1") == "f32[10, 4]");
  const ShapeSpec f{{0, Dim("dim0_x_f")}}, p{{0, Dim("dim0_x_p")}};
  program = t.export_program(model, inputs, {}, dynamic({{"x", ShapeSpec::list({f, p})}}));
  CHECK(has_in_order(annotation(program, "x_0"), {"f32[s", ", 4]"}));
  CHECK(has_in_order(annotation(program, "x_1"), {"f32[s", ", 4]"}));
}

TEST(TestExport, test_dynamic_shapes_spec_with_pytree) {
  Module model([](const Value& inputs) {
    return inputs["tensor"].tensor() + inputs["dict_of_tensors"]["A"].tensor() +
           inputs["list_of_tensors"][0].tensor();
  });
  model.arg_names({"inputs"});
  auto vector = [] { return Value(at::randn({3})); };
  const Value inputs = Value::dict(
      {{"tensor", vector()},
       {"dict_of_tensors",
        Value::dict({{"A", vector()}, {"B", vector()}, {"C", vector()}, {"D", vector()}})},
       {"list_of_tensors", Value::list({vector(), vector(), vector(), vector()})}});
  const ShapeSpec batch{{0, Dim("batch")}};
  const ShapeSpec spec =
      ShapeSpec::dict({{"tensor", batch},
                       {"dict_of_tensors",
                        ShapeSpec::dict({{"A", batch}, {"B", batch}, {"C", batch}, {"D", batch}})},
                       {"list_of_tensors", ShapeSpec::list({batch, batch, batch, batch})}});
  auto program = t.export_program(model, {inputs}, {}, dynamic({{"inputs", spec}}));
  CHECK(all_same(program, {"inputs_tensor", "inputs_dict_of_tensors_a", "inputs_dict_of_tensors_b",
                           "inputs_dict_of_tensors_c", "inputs_dict_of_tensors_d",
                           "inputs_list_of_tensors_0", "inputs_list_of_tensors_1",
                           "inputs_list_of_tensors_2", "inputs_list_of_tensors_3"}));
}

TEST(TestExport, test_dynamic_shapes_wrapped_with_shape_guards) {
  const Tensor weight = parameter(at::randn({3, 5})), bias = parameter(at::randn({3}));
  auto forward = [=](const Tensor& x, const Tensor& y) {
    return at::sigmoid(at::linear(x + y, weight, bias));
  };
  const auto weights = state({{"linear.weight", weight}, {"linear.bias", bias}});
  const Values args{at::randn({2, 5}), at::randn({2, 5})};
  Module named(forward, weights);
  named.arg_names({"x", "y"});
  // Without names the arguments are Python's *args.
  for (const Module& model : {named, Module(forward, weights)}) {
    auto program =
        t.export_program(model, args, {}, positional({{{0, Dim::DYNAMIC}}, {{0, Dim::DYNAMIC}}}));
    CHECK(allclose(program.run(args), model(args)));
  }
}

TEST(TestExport, test_nested_dynamic_shapes_spec) {
  Module model([](const Value& x) {
    return x[1][0].tensor() + x[1][1].tensor() + x[2][0].tensor() + x[2][1].tensor() +
           x[2][2].tensor() + x[0][0].to_int() + x[0][1].to_int();
  });
  model.arg_names({"x"});
  auto matrix = [] { return Value(at::randn({4, 4})); };
  const Values inputs{Value::tuple({Value::tuple({1, 2}), Value::tuple({matrix(), matrix()}),
                                    Value::tuple({matrix(), matrix(), matrix()})})};
  const std::optional<Dim> none;
  const ShapeSpec spec =
      ShapeSpec::tuple({ShapeSpec{none, none}, ShapeSpec{none, none}, ShapeSpec{none, none, none}});
  auto program = t.export_program(model, inputs, {}, dynamic({{"x", spec}}));
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_non_arg_name_dynamic_shapes_api) {
  Module model([](const Tensor& a, const Tensor& b) { return a.sum() + b.sum(); });
  model.arg_names({"a", "b"});
  const Values inputs{at::randn({4, 4}), at::randn({4, 4})};
  const Values longer{at::randn({4, 4}), at::randn({7, 4})};
  auto program = t.export_program(model, inputs, {}, positional({ShapeSpec(), {{0, Dim("dim")}}}));
  CHECK(allclose(program.run(longer), model(longer)));
  program = t.export_program(model, inputs, {}, positional({ShapeSpec(), ShapeSpec()}));
  CHECK(has_in_order(run_error(program, longer), {"Guard failed: b.size()[0] == 4"}));
}

// Upstream calls torch.export.export here, which no transformation replaces.
TEST(TestExport, test_non_arg_name_dynamic_shapes_api_with_kwarg) {
  Module model([](const Tensor& a, const Tensor& b, const Tensor& kw1, const Tensor& kw2) {
    return a.sum() + b.sum() + kw1.sum() - kw2.sum();
  });
  model.arg_names({"a", "b", "kw1", "kw2"});
  auto program = export_program(
      model, {at::randn({4, 4}), at::randn({4, 4})},
      {{"kw2", at::ones({4, 4})}, {"kw1", at::zeros({4, 4})}},
      positional({ShapeSpec(), {{0, Dim("dim")}}, {{0, Dim("dim_for_kw1")}}, ShapeSpec()}));
  const Values args{at::randn({4, 4}), at::randn({7, 4})};
  const Kwargs kwargs{{"kw2", at::ones({4, 4})}, {"kw1", at::zeros({9, 4})}};
  CHECK(allclose(program.run(args, kwargs), model(args, kwargs)));
}

TEST(TestExport, test_non_arg_name_dynamic_shapes_api_with_container_type) {
  Module model([](const Value& a, const Tensor& b) {
    return a[0].tensor().sum() + a[1].tensor().sum() + b.sum();
  });
  model.arg_names({"a", "b"});
  auto inputs = [](std::int64_t rows) {
    return Values{Value::tuple({at::randn({4, 4}), at::randn({rows, 4})}), at::randn({4, 4})};
  };
  const ShapeSpec second{{0, Dim("dim", 3)}};
  auto program = t.export_program(
      model, inputs(4), {}, positional({ShapeSpec::tuple({ShapeSpec(), second}), ShapeSpec()}));
  CHECK(has_in_order(run_error(program, inputs(2)), {"Guard failed: a[1].size()[0] >= 3"}));
}

}  // namespace roundtrip
