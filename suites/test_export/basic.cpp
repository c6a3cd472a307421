// Small models: what a graph holds, what it returns.
#include <ATen/ScalarOps.h>
#include <ATen/record_function.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

/// The value of the program's only output, when it is a literal int.
std::int64_t literal_output(const ExportedProgram& program) {
  const auto& outputs = program.program().graph_module.graph.outputs;
  REQUIRE(outputs.size() == 1);
  REQUIRE(outputs.front().get<std::int64_t>() != nullptr);
  return *outputs.front().get<std::int64_t>();
}

/// The name of the program's only output, when it is a tensor.
std::string output_name(const ExportedProgram& program) {
  const auto& outputs = program.program().graph_module.graph.outputs;
  REQUIRE(outputs.size() == 1);
  REQUIRE(outputs.front().get<TensorArgument>() != nullptr);
  return outputs.front().get<TensorArgument>()->name;
}

}  // namespace

TEST(TestExport, test_basic) {
  Module model([](const std::vector<Tensor>& x, const Tensor& y) { return x[0] + y; });
  check_same_as_eager(t, model, {Value::list({at::ones({1, 3})}), at::ones({1, 3})});
}

TEST(TestExport, test_no_tensor_computation) {
  Module model([](const Value&, std::int64_t y) { return y; });
  model.arg_names({"x", "y"});
  Values inputs{Value::list({at::ones({1, 3})}), 1};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(input_names(program) == "x_0, y");
  CHECK(operators(program) == "");
  CHECK(literal_output(program) == 1);
}

TEST(TestExport, test_no_tensor_computation_2) {
  Module model([](const Tensor& x, std::int64_t) { return x; });
  model.arg_names({"x", "y"});
  Values inputs{at::randn({3}), 1};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(input_names(program) == "x, y");
  CHECK(operators(program) == "");
  CHECK(output_name(program) == "x");
}

TEST(TestExport, test_no_tensor_computation_3) {
  Module model([](std::int64_t, std::int64_t) { return 5; });
  model.arg_names({"x", "y"});
  Values inputs{2, 1};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(input_names(program) == "x, y");
  CHECK(operators(program) == "");
  CHECK(literal_output(program) == 5);
}

TEST(TestExport, test_no_tensor_computation_4) {
  Module model([](const std::vector<Tensor>& x, std::int64_t) { return x; });
  model.arg_names({"x", "y"});
  Values inputs{Value::list({at::randn({3})}), 1};
  auto program = t.export_program(model, inputs);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(input_names(program) == "x_0, y");
  CHECK(operators(program) == "");
  CHECK(output_name(program) == "x_0");
}

TEST(TestExport, test_external_call_non_strict_real_tensor) {
  struct ExternalMethod {
    Tensor add(const Tensor& x) const { return x + x; }
  };
  ExternalMethod external;
  Module model([external](const Tensor& x) { return external.add(x); });
  check_same_as_eager(t, model, {at::randn({1, 3})}, {}, strict(false));
}

TEST(TestExport, test_basic_non_strict_real_tensor) {
  Tensor param = parameter(at::randn({1, 3}));
  Module model([=](const std::vector<Tensor>& x, const Tensor& y) { return x[0] + y - param; },
               state({{"param", param}}));
  check_same_as_eager(t, model, {Value::list({at::randn({1, 3})}), at::randn({1, 3})}, {},
                      strict(false));
}

TEST(TestExport, test_state_shape_attribute_assignment) {
  Tensor weight = parameter(at::randn({10, 10}));
  Tensor bias = parameter(at::randn({10}));
  auto last_shape = std::make_shared<std::vector<std::int64_t>>(weight.sizes().vec());
  Module model(
      [=](const Tensor& x) {
        *last_shape = x.sizes().vec();
        return at::linear(x, weight, bias);
      },
      state({{"linear.weight", weight}, {"linear.bias", bias}}));
  check_same_as_eager(t, model, {at::randn({20, 10})}, {}, strict(false));
  CHECK(*last_shape == std::vector<std::int64_t>{20, 10});
}

TEST(TestExport, test_operator_aten_tensor_mode_variant) {
  Module model([](const Tensor& x) {
    return at::_ops::div_Tensor_mode::call(x, at::native::wrapped_scalar_tensor(2), "floor");
  });
  check_same_as_eager(t, model, {at::randn({4, 3})});
}

TEST(TestExport, test__scaled_dot_product_flash_attention) {
  Module model([](const Tensor& q, const Tensor& k, const Tensor& v) {
    return at::scaled_dot_product_attention(q, k, v)[0];
  });
  check_same_as_eager(t, model,
                      {at::randn({5, 4, 3, 2}), at::randn({5, 4, 3, 2}), at::randn({5, 4, 3, 2})});
}

TEST(TestExport, test_expand_copy_export_handles_implicit_true) {
  Module model([](const Tensor& x, bool implicit) { return at::expand_copy(x, {3, 3}, implicit); });
  check_same_as_eager(t, model, {at::ones({3}), false});
  check_same_as_eager(t, model, {at::ones({3}), true});
}

TEST(TestExport, test_istft_op) {
  Module model([](const Tensor& spec) {
    Tensor window = at::hann_window(1024).to(at::kFloat);
    return at::istft(spec, /*n_fft=*/1024, /*hop_length=*/512, /*win_length=*/{}, window,
                     /*center=*/true, /*normalized=*/false, /*onesided=*/{}, /*length=*/144000);
  });
  Tensor spec = at::complex(at::randn({1, 513, 282}), at::randn({1, 513, 282}));
  check_same_as_eager(t, model, {spec});
}

TEST(TestExport, test_wrapper_module) {
  Module function([](const Tensor& x) { return at::abs(x); });
  auto program = t.export_program(function, {at::randn({8})});
  CHECK(code(program) == R"(def forward(self, args_0):
    abs_1 = torch.ops.aten.abs.default(args_0);  args_0 = None
    return (abs_1,))");
}

TEST(TestExport, test_profiling_code) {
  Module model([](const Tensor& x) {
    RECORD_FUNCTION("foo", std::vector<c10::IValue>{});
    return x.sin();
  });
  auto program = t.export_program(model, {at::randn({5, 5})}, {}, strict(true));
  CHECK(operators(program) == "sin.default");
}

TEST(TestExport, test_decomp_item_in_prim_before_decomposition) {
  Module model([](const Tensor& x) {
    at::_assert_async(at::scalar_tensor(true, at::kBool), "Fail");
    return x;
  });
  auto program = t.export_program(model, {at::randn({2, 2})});
  std::string called = operators(program);
  auto first = called.find("_assert_async.msg");
  REQUIRE(first != std::string::npos);
  CHECK(called.find("_assert_async.msg", first + 1) == std::string::npos);
}

// Upstream calls torch.export.export here, which no transformation replaces.
TEST(TestExport, test_simple_export_for_training) {
  Tensor weight = parameter(at::randn({2, 2}));
  Tensor bias = parameter(at::randn({2}));
  Module model([=](const Tensor& x) { return at::linear(x, weight, bias); },
               state({{"linear.weight", weight}, {"linear.bias", bias}}));
  model.arg_names({"x"});
  auto program = export_program(model, {at::ones({2, 2})});
  CHECK(code(program) == R"(def forward(self, p_linear_weight, p_linear_bias, x):
    linear = torch.ops.aten.linear.default(x, p_linear_weight, p_linear_bias);  x = p_linear_weight = p_linear_bias = None
    return (linear,))");
  Values inputs{at::ones({2, 2})};
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace roundtrip
