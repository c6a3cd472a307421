// Small models: what a graph holds, what it returns.
#include <ATen/ScalarOps.h>
#include <ATen/record_function.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

/// The value of the program's only output, when it is a literal int.
std::int64_t literal_output(const ExportedProgram& program) {
  const auto& outputs = program.program().graph_module.graph.outputs();
  REQUIRE(outputs.size() == 1);
  REQUIRE(outputs.front().get<std::int64_t>() != nullptr);
  return *outputs.front().get<std::int64_t>();
}

/// The name of the program's only output, when it is a tensor.
std::string output_name(const ExportedProgram& program) {
  const auto& outputs = program.program().graph_module.graph.outputs();
  REQUIRE(outputs.size() == 1);
  REQUIRE(outputs.front().get<TensorArgument>() != nullptr);
  return outputs.front().get<TensorArgument>()->value->name();
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

namespace {

/// Python's `sdpa_kernel`: which kernels attention may use.
class AttentionKernel {
 public:
  enum class Kind { math, flash };
  explicit AttentionKernel(Kind kind) { set(kind == Kind::math, kind == Kind::flash, false); }
  ~AttentionKernel() { set(true, true, true); }
  AttentionKernel(const AttentionKernel&) = delete;
  AttentionKernel& operator=(const AttentionKernel&) = delete;

 private:
  static void set(bool math, bool flash, bool efficient) {
    at::globalContext().setSDPUseMath(math);
    at::globalContext().setSDPUseFlash(flash);
    at::globalContext().setSDPUseMemEfficient(efficient);
  }
};

}  // namespace

TEST(TestExport, test_sdpa_gqa) {
  Module model([](const Tensor& q, const Tensor& k, const Tensor& v) {
    return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/false, std::nullopt,
                                            /*enable_gqa=*/true);
  });
  model.arg_names({"q", "k", "v"});
  const Values inputs{at::randn({1, 32, 256, 128}), at::randn({1, 8, 256, 128}),
                      at::randn({1, 8, 256, 128})};
  const auto decomposed = [&](AttentionKernel::Kind kind) {
    const AttentionKernel kernel(kind);
    return code(t.export_program(model, inputs).run_decompositions());
  };
  const std::string attention =
      R"(def forward(self, q, k, v):
    mul = torch.ops.aten.mul.Scalar(q, 0.29730177875068026);  q = None
    unsqueeze = torch.ops.aten.unsqueeze.default(k, 2);  k = None
    expand = torch.ops.aten.expand.default(unsqueeze, [1, 8, 4, 256, 128]);  unsqueeze = None
    clone = torch.ops.aten.clone.default(expand, memory_format = torch.contiguous_format);  expand = None
    view = torch.ops.aten.view.default(clone, [1, 32, 256, 128]);  clone = None
    unsqueeze_1 = torch.ops.aten.unsqueeze.default(v, 2);  v = None
    expand_1 = torch.ops.aten.expand.default(unsqueeze_1, [1, 8, 4, 256, 128]);  unsqueeze_1 = None
    clone_1 = torch.ops.aten.clone.default(expand_1, memory_format = torch.contiguous_format);  expand_1 = None
    view_1 = torch.ops.aten.view.default(clone_1, [1, 32, 256, 128]);  clone_1 = None
    permute = torch.ops.aten.permute.default(view, [0, 1, 3, 2]);  view = None
    mul_1 = torch.ops.aten.mul.Scalar(permute, 0.29730177875068026);  permute = None
    expand_2 = torch.ops.aten.expand.default(mul, [1, 32, 256, 128]);  mul = None
    view_2 = torch.ops.aten.view.default(expand_2, [32, 256, 128]);  expand_2 = None
    expand_3 = torch.ops.aten.expand.default(mul_1, [1, 32, 128, 256]);  mul_1 = None
    view_3 = torch.ops.aten.view.default(expand_3, [32, 128, 256]);  expand_3 = None
    bmm = torch.ops.aten.bmm.default(view_2, view_3);  view_2 = view_3 = None
    view_4 = torch.ops.aten.view.default(bmm, [1, 32, 256, 256]);  bmm = None
    _softmax = torch.ops.aten._softmax.default(view_4, -1, False)
    eq = torch.ops.aten.eq.Scalar(view_4, -inf);  view_4 = None
    logical_not = torch.ops.aten.logical_not.default(eq);  eq = None
    any_1 = torch.ops.aten.any.dim(logical_not, -1, True);  logical_not = None
    logical_not_1 = torch.ops.aten.logical_not.default(any_1);  any_1 = None
    full_like = torch.ops.aten.full_like.default(_softmax, 0, pin_memory = False, memory_format = torch.preserve_format)
    where = torch.ops.aten.where.self(logical_not_1, full_like, _softmax);  logical_not_1 = full_like = _softmax = None
    expand_4 = torch.ops.aten.expand.default(where, [1, 32, 256, 256]);  where = None
    view_5 = torch.ops.aten.view.default(expand_4, [32, 256, 256]);  expand_4 = None
    expand_5 = torch.ops.aten.expand.default(view_1, [1, 32, 256, 128]);  view_1 = None
    view_6 = torch.ops.aten.view.default(expand_5, [32, 256, 128]);  expand_5 = None
    bmm_1 = torch.ops.aten.bmm.default(view_5, view_6);  view_5 = view_6 = None
    view_7 = torch.ops.aten.view.default(bmm_1, [1, 32, 256, 128]);  bmm_1 = None)";
  CHECK(decomposed(AttentionKernel::Kind::math) == attention + "\n    return (view_7,)");
  CHECK(decomposed(AttentionKernel::Kind::flash) == attention + R"(
    permute_1 = torch.ops.aten.permute.default(view_7, [2, 0, 1, 3]);  view_7 = None
    clone_2 = torch.ops.aten.clone.default(permute_1, memory_format = torch.contiguous_format);  permute_1 = None
    permute_2 = torch.ops.aten.permute.default(clone_2, [1, 2, 0, 3]);  clone_2 = None
    return (permute_2,))");
  const Values uneven{at::randn({1, 33, 256, 128}), inputs[1], inputs[2]};
  CHECK_THROWS_WITH(
      t.export_program(model, uneven),
      doctest::Contains("Number of heads in key and value must divide the number of heads"));
}

}  // namespace roundtrip
