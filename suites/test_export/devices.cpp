// Models on other devices than the CPU: a GPU, if there is one, and meta tensors, which stand
// here for Python's fake ones.
#include <roundtrip/decompositions.h>
#include <roundtrip/nn.h>
#include <torch/nn/modules.h>

#include <set>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr const char* kNeedsGpu = "needs a GPU";

void require_gpu(const TestContext& t) {
  if (!at::hasCUDA()) t.skip(kNeedsGpu);
}

template <typename Rnn>
void check_on_gpu(TestContext& t, Rnn rnn, const Tensor& input, const ExportOptions& options) {
  require_gpu(t);
  rnn->to(at::kCUDA);
  const Module model =
      make_module(rnn, [rnn](const Tensor& x) mutable { return std::get<0>(rnn(x)); });
  const Values inputs{input.to(at::kCUDA)};
  auto program = t.export_program(model, inputs, {}, options);
  CHECK(allclose(program.run(inputs), model(inputs)));
}

}  // namespace

TEST(TestExport, test_export_lstm_gpu) {
  check_on_gpu(t, torch::nn::LSTM(torch::nn::LSTMOptions(4, 5).batch_first(true)),
               at::randn({2, 3, 4}), {});
}

TEST(TestExport, test_export_gru_gpu) {
  check_on_gpu(t, torch::nn::GRU(torch::nn::GRUOptions(4, 5).batch_first(true)),
               at::randn({2, 3, 4}), {});
}

TEST(TestExport, test_export_rnn_flatten_parameters_gpu) {
  require_gpu(t);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(3, 4).num_layers(2).batch_first(true));
  lstm->to(at::kCUDA);
  const Module model = make_module(lstm, [lstm](const Tensor& x) mutable {
    lstm->flatten_parameters();
    return std::get<0>(lstm(x));
  });
  const Values inputs{at::randn({1, 5, 3}).to(at::kCUDA)};
  auto program = t.export_program(model, inputs, {}, strict(false));
  CHECK(allclose(program.run(inputs), model(inputs)));
}

TEST(TestExport, test_device_to_gpu) {
  require_gpu(t);
  Module model([](const Tensor& x) { return x.to(at::TensorOptions(at::kCPU)); });
  auto program = t.export_program(model, {at::randn({64}).to(at::kCUDA)});
  CHECK(operators(program) == "_assert_tensor_metadata.default, to.dtype_layout");
  const Values on_cpu{at::randn({64})};
  CHECK(has_in_order(run_error(program, on_cpu), {"Tensor device mismatch!"}));
  program = program.run_decompositions();
  CHECK(operators(program) == "_assert_tensor_metadata.default, _to_copy.default");
  CHECK(has_in_order(run_error(program, on_cpu), {"Tensor device mismatch!"}));
}

namespace {

/// The devices of all tensors that the program describes.
std::set<std::string> devices_of(const ExportedProgram& program) {
  std::set<std::string> devices;
  for (const GraphValue* value : program.program().graph_module.graph.values()) {
    if (const TensorMeta* meta = value->tensor()) devices.insert(meta->device.str());
  }
  return devices;
}

}  // namespace

TEST(TestExport, test_export_with_fake_tensor_inputs) {
  const Tensor weight = parameter(at::empty({2, 2}, at::kMeta));
  const Tensor bias = parameter(at::empty({2}, at::kMeta));
  Module model([=](const Tensor& x) { return at::linear(x, weight, bias); },
               state({{"linear.weight", weight}, {"linear.bias", bias}}));
  const Values inputs{at::empty({5, 2, 2}, at::kMeta)};
  // As upstream, not t's: a file of meta tensors is another subject.
  const auto program = export_program(model, inputs);
  const at::IntArrayRef expected = inputs[0].tensor().sizes();
  CHECK(program.run(inputs).tensor().sizes() == expected);
  CHECK(devices_of(program) == std::set<std::string>{"meta"});
  CHECK(program.run_decompositions().run(inputs).tensor().sizes() == expected);
}

TEST(TestExport, test_trace_under_fake) {
  const Tensor foo = parameter(at::empty({4, 4}, at::kMeta));
  Module model([=](const Tensor& x) { return foo + x; }, state({{"foo", foo}}));
  model.arg_names({"x"});
  const auto program = export_program(model, {at::empty({4, 4}, at::kMeta)});
  CHECK(input_names(program) == "p_foo, x");
  CHECK(operators(program) == "add.Tensor");
  CHECK(devices_of(program) == std::set<std::string>{"meta"});
}

// Upstream asks fake tensors in a ShapeEnv of its own; a program's sizes are its counterpart.
TEST(TestExport, test_where_broadcast_preserves_symint) {
  Module model([](const Tensor& condition, const Tensor& fill, const Tensor& x) {
    return at::where(condition, fill, x);
  });
  model.arg_names({"condition", "fill", "x"});
  const BackedSizeOblivious oblivious;
  const auto inputs = [](std::int64_t rows) {
    return Values{at::randn({rows, 8}) > 0, at::randn({1}), at::randn({rows, 8})};
  };
  const ShapeSpec rows{{0, Dim::DYNAMIC}};
  auto program = t.export_program(
      model, inputs(1), {}, dynamic({{"condition", rows}, {"fill", ShapeSpec()}, {"x", rows}}));
  CHECK(annotation(program, "where").find("f32[s") == 0);
  CHECK(annotation(program, "where") == annotation(program, "x"));
  const Values other = inputs(5);
  CHECK(allclose(program.run(other), model(other)));
}

}  // namespace roundtrip
