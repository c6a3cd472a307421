// Conversions of type, which are checked when the program runs.
#include <roundtrip/decompositions.h>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr const char* kWrongType = "Tensor dtype mismatch!";

Module to_float() {
  return Module([](const Tensor& x) { return x.to(at::kFloat); }).arg_names({"x"});
}

Module to_cpu() {
  return Module([](const Tensor& x) { return x.to(at::TensorOptions(at::kCPU)); }).arg_names({"x"});
}

}  // namespace

TEST(TestExport, test_float_conversion) {
  auto program = t.export_program(to_float(), {at::scalar_tensor(1, at::kFloat)});
  CHECK(operators(program) == (is_training_ir_test(t)
                                   ? "_assert_tensor_metadata.default"
                                   : "_assert_tensor_metadata.default, to.dtype"));
  program = program.run_decompositions(DecompositionTable());
  CHECK(program.program().graph_module.graph.num_nodes() == 1);
  const Tensor x = at::scalar_tensor(1, at::kFloat);
  CHECK(program.run({x}).tensor().is_same(x));
}

TEST(TestExport, test_float_conversion_from_int) {
  auto program = t.export_program(to_float(), {at::scalar_tensor(1, at::kInt)});
  CHECK(operators(program) == (is_training_ir_test(t)
                                   ? "_assert_tensor_metadata.default, _to_copy.default"
                                   : "_assert_tensor_metadata.default, to.dtype"));
  const Values wrong{at::scalar_tensor(1, at::kFloat)};
  CHECK(has_in_order(run_error(program, wrong), {kWrongType}));
  program = program.run_decompositions(DecompositionTable());
  CHECK(operators(program) == "_assert_tensor_metadata.default, _to_copy.default");
  CHECK(has_in_order(run_error(program, wrong), {kWrongType}));
  CHECK(program.run({at::scalar_tensor(1, at::kInt)}).tensor().item<float>() == 1);
}

TEST(TestExport, test_device_to_mutation_float) {
  Module model([](const Tensor& x) {
    Tensor y = x.to(at::kFloat);
    y.add_(1);
    return std::tuple(y, x);
  });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::scalar_tensor(1, at::kFloat)});
  CHECK(operators(program) == (is_training_ir_test(t)
                                   ? "_assert_tensor_metadata.default, add.Scalar"
                                   : "_assert_tensor_metadata.default, to.dtype, add_.Scalar"));
  const Tensor x = at::scalar_tensor(2, at::kFloat);
  Value results = program.run({x});
  CHECK(x.item<float>() == 3);
  CHECK(results[0].tensor().is_same(x));

  program = program.run_decompositions(DecompositionTable());
  CHECK(operators(program).find("to.dtype") == std::string::npos);
  results = program.run({x});
  CHECK(x.item<float>() == 4);
  CHECK(results[0].tensor().is_same(x));
}

TEST(TestExport, test_device_to_dynamic) {
  auto program =
      t.export_program(to_cpu(), {at::tensor({1, 2})}, {}, dynamic({{"x", {{0, Dim("i")}}}}));
  CHECK(operators(program) == (is_training_ir_test(t)
                                   ? "_assert_tensor_metadata.default"
                                   : "_assert_tensor_metadata.default, to.dtype_layout"));
  program = program.run_decompositions(DecompositionTable());
  CHECK(program.program().graph_module.graph.num_nodes() == 1);
}

TEST(TestExport, test_device_to_mutation) {
  Module model([](const Tensor& x) {
    Tensor y = x.to(at::TensorOptions(at::kCPU));
    y.add_(1);
    return std::tuple(y, x);
  });
  model.arg_names({"x"});
  auto program = t.export_program(model, {at::scalar_tensor(1, at::kLong)});
  CHECK(operators(program) ==
        (is_training_ir_test(t) ? "_assert_tensor_metadata.default, add.Scalar"
                                : "_assert_tensor_metadata.default, to.dtype_layout, add_.Scalar"));
  const Tensor x = at::scalar_tensor(2, at::kLong);
  Value results = program.run({x});
  CHECK(x.item<std::int64_t>() == 3);
  CHECK(results[0].tensor().is_same(x));

  program = program.run_decompositions(DecompositionTable());
  CHECK(operators(program).find("to.dtype_layout") == std::string::npos);
  results = program.run({x});
  CHECK(x.item<std::int64_t>() == 4);
  CHECK(results[0].tensor().is_same(x));
}

TEST(TestExport, test_tensor_constant_aten_to) {
  const Tensor constant = at::ones({1});
  Module model([=](const Tensor& x) { return x + constant.to(at::kDouble); },
               constants({{"constant", constant}}));
  const Values inputs{at::randn({1, 10})};
  auto program = t.export_program(model, inputs).run_decompositions(DecompositionTable());
  CHECK(operators(program).find("_to_copy.default") != std::string::npos);
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace roundtrip
