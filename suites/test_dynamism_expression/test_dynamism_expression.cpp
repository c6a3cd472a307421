#include <ATen/ATen.h>
#include <roundtrip/suite.h>
#include <roundtrip/symbolic.h>

namespace roundtrip {

using at::Tensor;

/// The tests of upstream's class of this name: sizes and values that are symbols in
/// the graph.
class TestDynamismExpression : public Fixture {
 protected:
  static ExportOptions dynamic(DynamicShapes shapes) {
    ExportOptions options;
    options.dynamic_shapes = std::move(shapes);
    return options;
  }
};

ROUNDTRIP_SUITE(TestDynamismExpression, "Upstream's TestDynamismExpression");

TEST(TestDynamismExpression, test_export_inline_constraints) {
  Module model([](const Tensor& x) { return at::full_symint({x.item().toSymInt(), 1}, 1); });
  Values inputs{at::tensor({3})};
  auto program = t.export_program(model, inputs);
  CHECK(bitwise_equal(program.run(inputs), model(inputs)));
}

TEST(TestDynamismExpression, test_export_constraints_error_not_in_range) {
  Module model([](const Tensor& x) { return x + 1; });
  model.arg_names({"x"});
  const Dim dim_x("dim_x", 6);
  CHECK_THROWS_WITH_AS(
      t.export_program(model, {at::zeros({3})}, {}, dynamic({{"x", {{0, dim_x}}}})),
      doctest::Contains("not in range"), CaptureError);
}

TEST(TestDynamismExpression, test_export_slice_maxsize) {
  Module slice([](const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t end) {
    return at::slice(x, dim, start, end);
  });
  Values inputs{at::rand({10, 3, 4, 4}), 0, 0, INT64_MAX};
  const DynamicShapes shapes =
      DynamicShapes::positional({{{0, Dim("dim")}}, ShapeSpec(), ShapeSpec(), ShapeSpec()});
  auto program = t.export_program(slice, inputs, {}, dynamic(shapes));
  CHECK(bitwise_equal(program.run(inputs), slice(inputs)));
}

/// Halves its parameter in each call, without gradients.
Module halving(const Tensor& parameter) {
  ModuleState state;
  state.parameters.insert("parameter", parameter);
  const auto forward = [parameter](const Tensor& x) {
    {
      const at::NoGradGuard no_grad;
      Tensor(parameter).div_(2);
    }
    return x + parameter;
  };
  return Module(forward, [state] { return state; }).arg_names({"x"});
}

TEST(TestDynamismExpression, test_no_grad_param_inplace) {
  const auto new_parameter = [] { return at::ones({4, 4}).set_requires_grad(true); };
  const auto program =
      t.export_program(halving(new_parameter()), {at::rand({4, 4})}).run_decompositions();
  const Graph& graph = program.program().graph_module.graph;
  REQUIRE(graph.num_nodes() == 2);
  CHECK(graph.nodes()[0].target() == "torch.ops.aten.div.Scalar");  // as C++ calls it
  CHECK(graph.nodes()[1].target() == "torch.ops.aten.add.Tensor");
  const std::string text = program.str();
  CHECK(text.find("torch.ops.aten.div.Scalar(p_parameter, 2)") != std::string::npos);
  CHECK(text.find("torch.ops.aten.add.Tensor(x, div)") != std::string::npos);
  const auto& outputs = program.program().graph_module.signature.output_specs;
  REQUIRE(outputs.size() == 2);
  REQUIRE(outputs[0].kind == OutputKind::parameter_mutation);
  CHECK(outputs[0].arg.as_value()->name() == "div");
  CHECK(outputs[0].target == "parameter");

  // Python's program can be run without gradients only: it writes to the parameter as to a leaf
  // of autograd. Here the parameter is written to as the model does it, outside of autograd.
  const Value input(at::ones({4, 4}));
  const Module eager = halving(new_parameter());
  const Module exported = program.module();
  for (int call = 0; call < 2; ++call) {
    CHECK(at::allclose(exported({input}).tensor(), eager({input}).tensor()));
  }
}

TEST(TestDynamismExpression, test_export_slice_unbacked_dim1) {
  Module model([](const Tensor& x, const Tensor& seq_len) {
    return x.narrow_symint(1, 0, seq_len.item().toSymInt());
  });
  Values inputs{at::randn({10, 7}), at::tensor(5)};
  auto program = t.export_program(model, inputs);
  CHECK(bitwise_equal(program.run(inputs), model(inputs)));
}

TEST(TestDynamismExpression, test_reshape_view_backed_size_oblivious) {
  constexpr std::int64_t kCopies = 3;
  Module model([](const Tensor& x) {
    const Tensor y = x.slice(0, 0, -1);
    return at::stack(std::vector<Tensor>(kCopies, y)).reshape({-1, kCopies, 32});
  });
  model.arg_names({"x"});
  Values inputs{at::randn({10, 32})};
  const BackedSizeOblivious mode;
  auto program =
      t.export_program(model, inputs, {}, dynamic({{"x", {{0, Dim::AUTO}, {1, Dim::STATIC}}}}));
  CHECK(program.program().guards_code.empty());
  for (const std::int64_t rows : {10, 7, 2, 1}) {
    const Values other{at::randn({rows, 32})};
    CHECK(bitwise_equal(program.run(other), model(other)));
  }
}

TEST(TestDynamismExpression, test_export_constraints_error) {
  Module model([](const Tensor& x) {
    const c10::SymInt b = x.item().toSymInt();
    torch_check(b.sym_ge(4));
    torch_check(b.sym_le(5));
    torch_check(b.sym_le(5));
    torch_check(true);
    return at::full_symint({b, 1}, 1);
  });
  // Upstream's fake run takes 3 here: what the example is does not matter to it.
  auto program = t.export_program(model, {at::tensor({3})});
  CHECK_THROWS_WITH_AS(program.run({at::tensor({3})}),
                       doctest::Contains("Runtime assertion failed for expression u0 >= 4"),
                       ExecutionError);
}

TEST(TestDynamismExpression, test_export_assume_static_by_default) {
  Module branch_on_shape([](const Tensor& x) { return x.size(0) == 4 ? x + 1 : x; });
  Values inputs{at::rand({4, 5})};
  auto program = t.export_program(branch_on_shape, inputs);
  CHECK(bitwise_equal(program.run(inputs), branch_on_shape(inputs)));
}

TEST(TestDynamismExpression, test_export_strict_narrow_unbacked_expr) {
  Module model([](const Tensor& x, const Tensor& p) {
    const c10::SymInt u0 = p.item().toSymInt();
    torch_check((u0 + 5).sym_le(x.sym_size(0)));
    torch_check(u0.sym_ge(0));
    return x.narrow_symint(0, u0 + 5, sym_fresh_size(x.sym_size(0) - u0 - 5));
  });
  Values inputs{at::arange(10), at::tensor(2)};
  ExportOptions strict;
  strict.strict = true;
  auto program = t.export_program(model, inputs, {}, strict);
  CHECK(bitwise_equal(program.run(inputs), model(inputs)));
  const Values longer{at::arange(10), at::tensor(5)};
  CHECK(bitwise_equal(program.run(longer), model(longer)));
  CHECK_THROWS_WITH_AS(program.run({at::arange(10), at::tensor(6)}),
                       doctest::Contains("Runtime assertion failed for expression u0 <= 5"),
                       ExecutionError);
  CHECK_THROWS_WITH_AS(program.run({at::arange(10), at::tensor(-1)}),
                       doctest::Contains("Runtime assertion failed for expression u0 >= 0"),
                       ExecutionError);
}

}  // namespace roundtrip

ROUNDTRIP_PLUGIN("test_dynamism_expression", "1.0", "Upstream's TestDynamismExpression");
