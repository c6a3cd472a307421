// Recurrent layers over sequences of dynamic length.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

constexpr std::int64_t kLength = 32, kOtherLength = 64, kBatch = 4, kWidth = 16;

struct Layers {
  std::int64_t gates;  ///< 4 of an LSTM, 3 of a GRU
  std::int64_t count = 1;
  bool bidirectional = false;
  bool batch_first = false;

  std::int64_t states() const { return count * (bidirectional ? 2 : 1); }
};

/// Weights of all layers and directions under torch.nn's names.
NamedTensors weights_of(const std::string& layer, const Layers& layers) {
  NamedTensors weights;
  const std::int64_t rows = layers.gates * kWidth;
  for (std::int64_t i = 0; i < layers.count; ++i) {
    for (const std::string way : {"", "_reverse"}) {
      if (!way.empty() && !layers.bidirectional) continue;
      const std::string suffix = "_l" + std::to_string(i) + way;
      const std::int64_t width = i > 0 && layers.bidirectional ? 2 * kWidth : kWidth;
      auto add = [&](const std::string& name, at::IntArrayRef size) {
        weights.emplace_back(layer + "." + name + suffix, parameter(at::randn(size) / 4));
      };
      add("weight_ih", {rows, width});
      add("weight_hh", {rows, kWidth});
      add("bias_ih", {rows});
      add("bias_hh", {rows});
    }
  }
  return weights;
}

std::vector<Tensor> without_names(const NamedTensors& named) {
  std::vector<Tensor> tensors;
  for (const auto& entry : named) tensors.push_back(entry.second);
  return tensors;
}

Module lstm_model(const Layers& layers) {
  const NamedTensors weights = weights_of("lstm", layers);
  return Module(
             [layers, params = without_names(weights)](const Tensor& x, const Tensor& h0,
                                                       const Tensor& c0) {
               return std::get<0>(at::lstm(x, {h0, c0}, params, true, layers.count, 0.0, true,
                                           layers.bidirectional, layers.batch_first));
             },
             state(weights))
      .arg_names({"x", "h0", "c0"});
}

Module gru_model(const Layers& layers) {
  const NamedTensors weights = weights_of("gru", layers);
  return Module(
             [layers, params = without_names(weights)](const Tensor& x, const Tensor& h0) {
               return std::get<0>(at::gru(x, h0, params, true, layers.count, 0.0, true,
                                          layers.bidirectional, layers.batch_first));
             },
             state(weights))
      .arg_names({"x", "h0"});
}

Values inputs_for(const Layers& layers, std::int64_t length) {
  Values inputs{layers.batch_first ? at::randn({kBatch, length, kWidth})
                                   : at::randn({length, kBatch, kWidth})};
  for (std::int64_t i = 0; i < (layers.gates == 4 ? 2 : 1); ++i) {
    inputs.emplace_back(at::randn({layers.states(), kBatch, kWidth}));
  }
  return inputs;
}

}  // namespace

// Upstream exports while decompositions of lstm and gru into while_loop are registered. Its
// programs of this release hold aten.lstm.input and aten.gru.input nevertheless, as here.
TEST(TestExport, test_dynamic_lstm,
     xfail_under({"cpp_runtime", "cpp_runtime_non_strict", "decompose"},
                 "the rules for recurrent layers fix the batch")) {
  const std::vector<Layers> all{{.gates = 4},
                                {.gates = 4, .bidirectional = true},
                                {.gates = 4, .count = 2},
                                {.gates = 4, .batch_first = true},
                                {.gates = 3},
                                {.gates = 3, .bidirectional = true}};
  for (const Layers& layers : all) {
    const Module model = layers.gates == 4 ? lstm_model(layers) : gru_model(layers);
    DynamicShapes::ByName shapes{{"x", {{layers.batch_first ? 1 : 0, Dim::DYNAMIC}}},
                                 {"h0", ShapeSpec()}};
    if (layers.gates == 4) shapes.emplace_back("c0", ShapeSpec());
    const Values inputs = inputs_for(layers, kLength);
    auto program = t.export_program(model, inputs, {}, dynamic(shapes));
    CHECK(operators(program).starts_with(layers.gates == 4 ? "lstm.input" : "gru.input"));
    CHECK(allclose(program.run(inputs), model(inputs)));
    const Values longer = inputs_for(layers, kOtherLength);
    CHECK(allclose(program.run(longer), model(longer)));
  }
}

}  // namespace roundtrip
