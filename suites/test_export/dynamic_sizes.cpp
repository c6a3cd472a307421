// Models that calculate with sizes of their inputs.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

TEST(TestExport, test_symint_output) {
  Module model([](const Tensor& x) {
    const c10::SymInt z = x.sym_size(0), y = x.sym_size(1);
    return std::tuple(at::add(x.select(0, 0), at::Scalar(z + y)), z);
  });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::ones({2, 3})}, {},
                                  dynamic({{"x", {Dim("dim0_x"), Dim("dim1_x")}}}));
  const Values other{at::ones({5, 4})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_multinomial_dynamic) {
  Module model(
      [](const Tensor& x, const Tensor& y) { return at::multinomial_symint(x, y.sym_size(0)); });
  auto weights = [](std::initializer_list<float> values) { return at::tensor(values); };
  auto samples = [](std::int64_t count) { return at::ones({count}, at::kLong); };
  auto check = [&](const ExportedProgram& program, const Values& args) {
    CHECK(program.run(args).tensor().sizes() == model(args).tensor().sizes());
  };
  const Values four{weights({0, 10, 3, 0}), samples(2)};
  auto program = t.export_program(model, four, {}, positional({{Dim::DYNAMIC}, {Dim::DYNAMIC}}));
  check(program, four);
  check(program, {weights({0, 10, 3, 7, 6, 0}), samples(3)});
  CHECK(has_in_order(run_error(program, {weights({0, 10, 3, 0}), samples(5)}), {"cannot sample"}));

  const Tensor rows = weights({4, 5, 6, 7, 8, 9}).view({3, 2});
  program = t.export_program(model, {rows, samples(2)}, {},
                             positional({{Dim::DYNAMIC, Dim::DYNAMIC}, {Dim::DYNAMIC}}));
  check(program, {rows, samples(2)});
  CHECK(has_in_order(run_error(program, {rows, samples(3)}), {"cannot sample"}));
}

TEST(TestExport, test_pad_sequence) {
  const ShapeSpec batch{{0, Dim("batch_size")}};
  for (const bool batch_first : {false, true}) {
    Module one([=](const Tensor& x) { return at::pad_sequence({x}, batch_first); });
    one.arg_names({"x"});
    const Values input{at::randn({3, 2})};
    auto program = t.export_program(one, input, {}, dynamic({{"x", batch}}));
    CHECK(allclose(program.run(input), one(input)));

    Module three([=](const Tensor& x, const Tensor& y, const Tensor& z) {
      return at::pad_sequence({x, y, z}, batch_first);
    });
    three.arg_names({"x", "y", "z"});
    const Values inputs{at::randn({5, 2}), at::randn({4, 2}), at::randn({3, 2})};
    program = t.export_program(
        three, inputs, {}, dynamic({{"x", batch}, {"y", {{0, Dim("y")}}}, {"z", {{0, Dim("z")}}}}));
    CHECK(allclose(program.run(inputs), three(inputs)));
  }
}

TEST(TestExport, test_export_input_mutation_dynamic_shape) {
  Module model([](const Value& x, double y) {
    x[0].tensor().mul_(y);
    return x;
  });
  model.arg_names({"x", "y"});
  const Values inputs{Value::tuple({at::randn({12}), at::randn({3, 2})}), 2.0};
  const ShapeSpec dim{{0, Dim("dim")}};
  auto program =
      t.export_program(model, inputs, {},
                       dynamic({{"x", ShapeSpec::tuple({dim, ShapeSpec()})}, {"y", ShapeSpec()}}));
  CHECK(has_in_order(annotation(program, "x_0"), {"f32[s"}));
  const Values exported = copy_of(inputs), eager = copy_of(inputs);
  CHECK(allclose(program.run(exported), model(eager)));
  CHECK(at::allclose(inputs[0][0].tensor() * 2.0, eager[0][0].tensor()));
  CHECK(at::allclose(inputs[0][0].tensor() * 2.0, exported[0][0].tensor()));
}

TEST(TestExport, test_solver_unsupported_sympy_function) {
  Module model([](const Tensor& x, const Tensor& y) {
    auto scaled = [](const Tensor& image, double scale) {
      const std::vector<double> scales{scale, scale};
      return at::upsample_bilinear2d(image, std::nullopt, false, scales);
    };
    return scaled(scaled(x, 0.5), 2.0) + y;
  });
  model.arg_names({"x", "y"});
  const ShapeSpec image{{2, Dim::AUTO}, {3, Dim::AUTO}};
  const Values inputs{at::rand({1, 1, 32, 32}), at::rand({1, 1, 32, 32})};
  auto program = t.export_program(model, inputs, {}, dynamic({{"x", image}, {"y", image}}));
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_export_max_onnx_reported) {
  Module model([](const Tensor& x, const Tensor& y) {
    auto part = [](const Tensor& whole, const Tensor& like) {
      return whole.slice_symint(0, {}, like.sym_size(0)).slice_symint(1, {}, like.sym_size(1));
    };
    const Tensor z = at::zeros_symint(
        {sym_max(x.sym_size(0), y.sym_size(0)), sym_max(x.sym_size(1), y.sym_size(1))},
        x.options());
    part(z, x).copy_(x);
    part(z, y).add_(y);
    return z;
  });
  model.arg_names({"x", "y"});
  const ShapeSpec both{{0, Dim::DYNAMIC}, {1, Dim::DYNAMIC}};
  auto options = positional({both, both});
  options.strict = true;
  const Values inputs{at::arange(6).reshape({2, 3}), at::arange(6).reshape({3, 2}) * 10};
  auto program = t.export_program(model, inputs, {}, options);
  CHECK(allclose(program.run(inputs), model(inputs)));
  const bool is_exported_twice =
      is_retraceability_test(t) || t.suffix().find("_unflatten") != std::string::npos;
  CHECK(has_in_order(
      run_error(program, {at::arange(4).reshape({2, 2}), at::arange(9).reshape({3, 3})}),
      {is_exported_twice ? "Guard failed: max(x.size()[1], y.size()[1]) == x.size()[1]"
                         : "Guard failed: max(1, x.size()[1], y.size()[1]) == x.size()[1]"}));
}

TEST(TestExport, test_export_max_nonstrict) {
  // Upstream's other models call Python's max on tensors, which C++ spells at::maximum.
  Module of_data([](const Tensor& x) { return at::ones_symint({sym_max(item(x), 1024)}); });
  auto program = t.export_program(of_data, {at::scalar_tensor(4, at::kLong)}, {}, strict(false));
  CHECK(count_in_text(program, "torch.sym_max(") == 1);

  Module of_sizes([](const Tensor& x, const Tensor& y) {
    const c10::SymInt a = x.sym_size(0), b = y.sym_size(0);
    return sym_max(sym_max(a, b), a) + sym_min(sym_min(a, b), a);
  });
  of_sizes.arg_names({"x", "y"});
  auto options = dynamic({{"x", {{0, Dim::AUTO}}}, {"y", {{0, Dim::AUTO}}}});
  options.strict = false;
  program = t.export_program(of_sizes, {at::randn({4, 4}), at::randn({4, 4})}, {}, options);
  CHECK(count_in_text(program, "torch.sym_max(") == 1);
  CHECK(count_in_text(program, "torch.sym_min(") == 1);
}

TEST(TestExport, test_mask_nonzero_static) {
  Module model([](const Tensor& embeddings, const Tensor& mask, const Tensor& exp) {
    const Tensor index = at::nonzero_static_symint(mask, exp.sym_size(0));
    const auto columns = index.chunk(mask.dim(), 1);
    return embeddings.index({columns[0], columns[1]}).squeeze() * 2;
  });
  model.arg_names({"seq_embeddings", "mask", "exp"});
  auto inputs = [](std::int64_t rows) {
    return Values{at::randn({rows, 5}), at::ones({rows, 5}, at::kBool), at::randn({rows * 5})};
  };
  const ShapeSpec rows{Dim("batch"), std::nullopt};
  auto program = t.export_program(model, inputs(5), {},
                                  dynamic({{"seq_embeddings", rows},
                                           {"mask", rows},
                                           {"exp", {Dim("exp_size", std::nullopt, 100)}}}));
  for (const Values& args : {inputs(5), inputs(6)}) {
    CHECK(allclose(program.run(args), model(args)));
  }
}

}  // namespace roundtrip
