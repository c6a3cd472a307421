// Which operators a decomposition table takes apart, keeps and replaces.
#include <roundtrip/decompositions.h>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// Two convolutions and a linear layer, whose weight and bias are buffers or tensors of no kind.
Module convolutions_and_linear(bool buffers) {
  const NamedTensors parameters{{"conv.weight", parameter(at::randn({33, 16, 3, 3}))},
                                {"conv.bias", parameter(at::randn({33}))},
                                {"conv1d.weight", parameter(at::randn({33, 16, 3}))},
                                {"conv1d.bias", parameter(at::randn({33}))}};
  const NamedTensors linear{{"linear.weight", at::randn({20, 98})},
                            {"linear.bias", at::randn({20})}};
  const auto forward = [=](const Tensor& x, const Tensor& y) {
    const Tensor x_conv = at::conv2d(x, parameters[0].second, parameters[1].second);
    const Tensor y_conv_1d = at::conv1d(y, parameters[2].second, parameters[3].second);
    const Tensor x_linear = at::linear(x_conv, linear[0].second, linear[1].second).cos();
    return x_linear + y_conv_1d.sum();
  };
  if (buffers) return Module(forward, state(parameters, linear)).arg_names({"x", "y"});
  return declaring(Module(forward, state(parameters)).arg_names({"x", "y"}), linear);
}

const Values& convolution_inputs() {
  static const Values inputs{at::randn({20, 16, 50, 100}), at::randn({20, 16, 50})};
  return inputs;
}

/// What is kept whole, table by table. `prefix` is that of the linear layer's inputs.
void check_kept_composites(const ExportedProgram& program, const std::string& prefix) {
  const auto with_prefix = [&](std::string text) {
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@')) {
      text.replace(at, 1, prefix);
    }
    return text;
  };
  const std::string head =
      "def forward(self, p_conv_weight, p_conv_bias, p_conv1d_weight, p_conv1d_bias, "
      "@_linear_weight, @_linear_bias, x, y):\n"
      "    conv2d = torch.ops.aten.conv2d.default(x, p_conv_weight, p_conv_bias);  x = "
      "p_conv_weight = p_conv_bias = None\n";
  const std::string conv1d =
      "    conv1d = torch.ops.aten.conv1d.default(y, p_conv1d_weight, p_conv1d_bias);  y = "
      "p_conv1d_weight = p_conv1d_bias = None\n";
  CHECK(
      code(program.run_decompositions(DecompositionTable())) ==
      with_prefix(
          head + conv1d +
          R"(    linear = torch.ops.aten.linear.default(conv2d, @_linear_weight, @_linear_bias);  conv2d = @_linear_weight = @_linear_bias = None
    cos = torch.ops.aten.cos.default(linear);  linear = None
    sum_1 = torch.ops.aten.sum.default(conv1d);  conv1d = None
    add = torch.ops.aten.add.Tensor(cos, sum_1);  cos = sum_1 = None
    return (add,))"));

  const std::string linear =
      R"(    view = torch.ops.aten.view.default(conv2d, [31680, 98]);  conv2d = None
    permute = torch.ops.aten.permute.default(@_linear_weight, [1, 0]);  @_linear_weight = None
    addmm = torch.ops.aten.addmm.default(@_linear_bias, view, permute);  @_linear_bias = view = permute = None
    view_1 = torch.ops.aten.view.default(addmm, [20, 33, 48, 20]);  addmm = None
    cos = torch.ops.aten.cos.default(view_1);  view_1 = None
)";
  DecompositionTable table = default_decompositions();
  table.remove("aten::conv2d");
  table.remove("aten::conv1d");
  const ExportedProgram convolutions = program.run_decompositions(table);
  CHECK(code(convolutions) ==
        with_prefix(head + conv1d + linear +
                    R"(    sum_1 = torch.ops.aten.sum.dim_IntList(conv1d, []);  conv1d = None
    add = torch.ops.aten.add.Tensor(cos, sum_1);  cos = sum_1 = None
    return (add,))"));

  table = default_decompositions();
  table.remove("aten::conv2d");
  CHECK(
      code(convolutions.run_decompositions(table)) ==
      with_prefix(
          head +
          R"(    convolution = torch.ops.aten.convolution.default(y, p_conv1d_weight, p_conv1d_bias, [1], [0], [1], False, [0], 1);  y = p_conv1d_weight = p_conv1d_bias = None
)" + linear +
          R"(    sum_1 = torch.ops.aten.sum.dim_IntList(convolution, []);  convolution = None
    add = torch.ops.aten.add.Tensor(cos, sum_1);  cos = sum_1 = None
    return (add,))"));
}

}  // namespace

TEST(TestExport, test_keep_composite_ops_linear_convd,
     xfail_under({"decompose"}, "its table keeps what the default table has taken apart")) {
  check_kept_composites(t.export_program(convolutions_and_linear(false), convolution_inputs()),
                        "c");
}

TEST(TestExport, test_keep_composite_ops_linear_convd_for_training_ir,
     xfail_under({"decompose"}, "its table keeps what the default table has taken apart")) {
  check_kept_composites(t.export_program(convolutions_and_linear(true), convolution_inputs()), "b");
}

// Python's `2 * bias` is aten.mul.Tensor, C++'s aten.mul.Scalar.
TEST(TestExport, test_export_decomp_torture_case_2,
     xfail_under({"decompose"}, "its table keeps what the default table has taken apart")) {
  const Module model = convolutions_and_linear(false);
  const Values& inputs = convolution_inputs();
  auto whole = t.export_program(model, inputs).run_decompositions(DecompositionTable());
  DecompositionTable table;
  table.add("aten::linear", [](torch::jit::Stack& stack) {
    const auto arguments = torch::jit::pop(stack, 3);
    const Tensor product = arguments[0].toTensor().matmul(arguments[1].toTensor().numpy_T());
    stack.emplace_back(product + 2 * arguments[2].toTensor());
  });
  auto core = whole.run_decompositions(table);
  CHECK(input_names(core) ==
        "p_conv_weight, p_conv_bias, p_conv1d_weight, p_conv1d_bias, c_linear_weight, "
        "c_linear_bias, x, y");
  CHECK(node_names(core) == "conv2d, conv1d, permute, matmul, mul, add, cos, sum_1, add_1");
  CHECK(operators(core) ==
        "conv2d.default, conv1d.default, permute.default, matmul.default, mul.Scalar, add.Tensor, "
        "cos.default, sum.default, add.Tensor");
}

TEST(TestExport, test_check_specialized_int) {
  Module model([](const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src) {
    return at::scatter_add(x, dim, index, src);
  });
  const std::vector<std::int64_t> index{2, 4, 3, 1, 0, 0, 2, 1, 4, 3, 3, 1, 4,
                                        2, 0, 4, 0, 3, 1, 2, 3, 0, 4, 1, 2};
  const Values inputs{at::randn({10, 5}), -1, at::tensor(index).view({5, 5}), at::randn({5, 5})};
  auto program = t.export_program(model, inputs).run_decompositions();
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_device_to_static,
     xfail_under({"training_ir_to_run_decomp", "training_ir_to_run_decomp_non_strict", "decompose"},
                 "decomposing drops the conversion that it names")) {
  Module model([](const Tensor& x) { return x.to(at::kCPU); });
  auto program = t.export_program(model, {at::scalar_tensor(1, at::kLong)});
  CHECK(operators(program) == "_assert_tensor_metadata.default, to.dtype_layout");
  CHECK(operators(program.run_decompositions(DecompositionTable())) ==
        "_assert_tensor_metadata.default");
}

TEST(TestExport, test_export_preserve_linear_at_aot_level,
     xfail_under({"decompose"}, "its table keeps what the default table has taken apart")) {
  const Tensor weight = parameter(at::randn({3, 3})), bias = parameter(at::randn({3}));
  Module model([=](const Tensor& x) { return at::chunk(at::linear(x, weight, bias), 3, 0); },
               state({{"linear.weight", weight}, {"linear.bias", bias}}));
  model.arg_names({"x"});
  DecompositionTable table = default_decompositions();
  table.remove("aten::linear");
  CHECK(code(t.export_program(model, {at::randn({3, 3})}).run_decompositions(table)) ==
        R"(def forward(self, p_linear_weight, p_linear_bias, x):
    linear = torch.ops.aten.linear.default(x, p_linear_weight, p_linear_bias);  x = p_linear_weight = p_linear_bias = None
    split_with_sizes = torch.ops.aten.split_with_sizes.default(linear, [1, 1, 1]);  linear = None
    getitem = split_with_sizes[0]
    getitem_1 = split_with_sizes[1]
    getitem_2 = split_with_sizes[2];  split_with_sizes = None
    return (getitem, getitem_1, getitem_2))");
}

// Upstream warns of such operators, in a test that it skips, when a table would keep them;
// here they are refused. aten.sym_size.default is an operator of Python's alone.
TEST(TestExport, test_keep_composite_ops_invalid) {
  DecompositionTable table = default_decompositions();
  for (const auto& [op, message] : std::vector<std::pair<std::string, std::string>>{
           {"aten::chunk",
            "The op aten.chunk.default cannot stay whole: its result is a view of its argument"},
           {"aten::sym_size.int", "The op aten.sym_size.int cannot stay whole: it gives no tensor"},
           {"aten::native_batch_norm",
            "The op aten.native_batch_norm.default cannot stay whole: it may write to its running "
            "statistics"}}) {
    CHECK_THROWS_WITH(table.remove(op), message.c_str());
  }
}

TEST(TestExport, test_error_when_passing_mutating_primitive_op) {
  DecompositionTable table = default_decompositions();
  CHECK_THROWS_WITH(table.remove("aten::index_put_"),
                    doctest::Contains("The op aten.index_put_.default cannot stay whole"));
}

TEST(TestExport, test_if_post_autograd_op_preserved,
     xfail_under({"decompose"}, "its table keeps what the default table has taken apart")) {
  Module model([](const Tensor& x) {
    const Tensor sine = x.sin();
    return sine + x.sum();
  });
  auto program = t.export_program(model.arg_names({"x"}), {at::ones({3, 3})});
  DecompositionTable table = default_decompositions();
  table.remove("aten::sum");
  CHECK(code(program.run_decompositions(table)) == R"(def forward(self, x):
    sin = torch.ops.aten.sin.default(x)
    sum_1 = torch.ops.aten.sum.default(x);  x = None
    add = torch.ops.aten.add.Tensor(sin, sum_1);  sin = sum_1 = None
    return (add,))");
  CHECK(code(program.run_decompositions()) == R"(def forward(self, x):
    sin = torch.ops.aten.sin.default(x)
    sum_1 = torch.ops.aten.sum.dim_IntList(x, []);  x = None
    add = torch.ops.aten.add.Tensor(sin, sum_1);  sin = sum_1 = None
    return (add,))");
}

// C++ writes `buffer.add_(5)` as aten.add_.Scalar, which becomes aten.add.Scalar.
TEST(TestExport, test_export_for_training_run_decomp) {
  const Tensor weight = parameter(at::randn({2, 2})), bias = parameter(at::randn({2}));
  const Tensor buffer = at::ones({2, 2});
  Module model(
      [=](const Tensor& x) {
        buffer.add_(5);
        const Tensor linear = at::linear(x, weight, bias);
        return linear + buffer.sum();
      },
      state({{"linear.weight", weight}, {"linear.bias", bias}}, {{"buffer", buffer}}));
  auto program = t.export_program(model.arg_names({"x"}), {at::ones({2, 2})});
  CHECK(code(program.run_decompositions()) ==
        R"(def forward(self, p_linear_weight, p_linear_bias, b_buffer, x):
    add = torch.ops.aten.add.Scalar(b_buffer, 5);  b_buffer = None
    permute = torch.ops.aten.permute.default(p_linear_weight, [1, 0]);  p_linear_weight = None
    addmm = torch.ops.aten.addmm.default(p_linear_bias, x, permute);  p_linear_bias = x = permute = None
    sum_1 = torch.ops.aten.sum.dim_IntList(add, [])
    add_1 = torch.ops.aten.add.Tensor(addmm, sum_1);  addmm = sum_1 = None
    return (add, add_1))");
}

TEST(TestExport, test_default_decomposition_core_cia_ops) {
  const std::vector<double> scales{2, 2};
  const std::vector<std::pair<std::string, Module>> operators{
      {"torch.ops.aten.upsample_bilinear2d.vec", Module([=](const Tensor& x) {
         return at::upsample_bilinear2d(x, at::OptionalIntArrayRef(), false,
                                        at::ArrayRef<double>(scales));
       })},
      {"torch.ops.aten.upsample_nearest2d.vec", Module([=](const Tensor& x) {
         return at::upsample_nearest2d(x, at::OptionalIntArrayRef(), at::ArrayRef<double>(scales));
       })}};
  for (const auto& [name, model] : operators) {
    auto program = t.export_program(model, {at::randn({2, 3, 4, 5})});
    CHECK(count_in_text(program, name) == 1);
    CHECK(count_in_text(program.run_decompositions(default_decompositions()), name) == 1);
  }
}

}  // namespace roundtrip
