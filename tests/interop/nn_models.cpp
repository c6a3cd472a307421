#include <roundtrip/nn.h>
#include <torch/torch.h>

#include "tests/interop/captured_models.h"

namespace roundtrip {
namespace {

using at::Tensor;

template <typename Model>
ExportCall on(Model model, Values args) {
  return {make_module(std::move(model)).arg_names({"input"}), std::move(args), {}, {}};
}

struct Perceptron : torch::nn::Module {
  torch::nn::Linear first{register_module("first", torch::nn::Linear(8, 16))};
  torch::nn::Linear second{register_module("second", torch::nn::Linear(16, 4))};
  Tensor forward(const Tensor& x) { return second(torch::relu(first(x))); }
};

/// A parameter under two names: input embedding and output projection.
struct TiedLanguageModel : torch::nn::Module {
  torch::nn::Embedding embedding{register_module("embedding", torch::nn::Embedding(11, 6))};
  Tensor output{register_parameter("output", embedding->weight)};
  Tensor forward(const Tensor& ids) {
    return torch::log_softmax(torch::matmul(embedding(ids), output.t()), -1);
  }
};

/// One layer registered under two names.
struct SharedLayer : torch::nn::Module {
  torch::nn::Linear layer{register_module("layer", torch::nn::Linear(4, 4))};
  torch::nn::Linear again{register_module("again", layer)};
  Tensor forward(const Tensor& x) { return again(torch::tanh(layer(x))); }
};

struct Counter : torch::nn::Module {
  Tensor count{register_buffer("count", torch::zeros({}, torch::kLong))};
  Tensor mean{register_buffer("mean", torch::zeros({3}))};
  Tensor forward(const Tensor& x) {
    count += 1;
    mean.mul_(0.9).add_(x.mean(0), 0.1);
    return (x - mean) * count;
  }
};

struct Classifier : torch::nn::Module {
  torch::nn::Conv2d conv{
      register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3).padding(1)))};
  torch::nn::BatchNorm2d norm{register_module("norm", torch::nn::BatchNorm2d(6))};
  torch::nn::MaxPool2d pool{register_module("pool", torch::nn::MaxPool2d(2))};
  torch::nn::Linear output{register_module("output", torch::nn::Linear(6 * 4 * 4, 5))};
  Tensor forward(const Tensor& image) {
    return output(pool(torch::gelu(norm(conv(image)))).flatten(1));
  }
};

template <typename Layer>
ExportCall evaluated(Layer layer, Values args) {
  layer->eval();
  return on(std::move(layer), std::move(args));
}

ExportCall lstm() {
  torch::nn::LSTM layer(torch::nn::LSTMOptions(3, 5).num_layers(2).bidirectional(true));
  return on(layer, {torch::randn({4, 2, 3})});
}

ExportCall lstm_with_state() {
  torch::nn::LSTM layer(3, 5);
  Module module = make_module(layer).arg_names({"input", "state"});
  const Value state = Value::tuple({torch::randn({1, 2, 5}), torch::randn({1, 2, 5})});
  return {module, {torch::randn({4, 2, 3}), state}, {}, {}};
}

ExportCall conv_transpose() {
  torch::nn::ConvTranspose2d layer(torch::nn::ConvTranspose2dOptions(2, 3, 3));
  Module module = make_module(layer, [layer](const Tensor& x) mutable { return layer(x); });
  return {module, {torch::randn({1, 2, 5, 5})}, {}, {}};
}

ExportCall attention() {
  torch::nn::MultiheadAttention layer(8, 2);
  layer->eval();
  Module module = make_module(layer, [layer](const Tensor& x) mutable { return layer(x, x, x); });
  return {module.arg_names({"x"}), {torch::randn({5, 2, 8})}, {}, {}};
}

ExportCall encoder_layer() {
  torch::nn::TransformerEncoderLayer layer(
      torch::nn::TransformerEncoderLayerOptions(8, 2).dim_feedforward(16));
  layer->eval();
  Module module = make_module(
      layer, [layer](const Tensor& x, const Tensor& mask) mutable { return layer(x, mask); });
  const Tensor mask =
      torch::full({5, 5}, -std::numeric_limits<float>::infinity()).triu(/*diagonal=*/1);
  return {module.arg_names({"src", "mask"}), {torch::randn({5, 2, 8}), mask}, {}, {}};
}

ExportCall sequential() {
  torch::nn::Sequential layers(torch::nn::Linear(6, 8), torch::nn::ReLU(),
                               torch::nn::LayerNorm(torch::nn::LayerNormOptions({8})),
                               torch::nn::Dropout(0.5), torch::nn::Linear(8, 2));
  layers->eval();
  Module module =
      make_module(layers, [layers](const Tensor& x) mutable { return layers->forward(x); });
  return {module, {torch::randn({3, 6})}, {}, {}};
}

}  // namespace

std::vector<CapturedModel> nn_models() {
  using namespace torch::nn;
  return {
      {"linear",
       [] {
         return on(Linear(3, 4), {torch::randn({2, 3})});
       }},
      {"linear_double",
       [] {
         Linear layer(3, 4);
         layer->to(torch::kDouble);
         return on(layer, {torch::randn({2, 3}, torch::kDouble)});
       }},
      {"perceptron",
       [] {
         return on(std::make_shared<Perceptron>(), {torch::randn({2, 8})});
       }},
      {"conv1d",
       [] {
         return on(Conv1d(Conv1dOptions(2, 3, 3).stride(2)), {torch::randn({1, 2, 9})});
       }},
      {"conv2d_groups",
       [] {
         return on(Conv2d(Conv2dOptions(4, 8, 3).groups(2).dilation(2)),
                   {torch::randn({1, 4, 9, 9})});
       }},
      {"conv_transpose2d", conv_transpose},
      {"batch_norm_train",
       [] {
         return on(BatchNorm1d(3), {torch::randn({5, 3})});
       }},
      {"batch_norm_eval",
       [] {
         return evaluated(BatchNorm1d(3), {torch::randn({5, 3})});
       }},
      {"instance_norm",
       [] {
         return on(InstanceNorm2d(3), {torch::randn({2, 3, 4, 4})});
       }},
      {"group_norm",
       [] {
         return on(GroupNorm(2, 4), {torch::randn({2, 4, 3})});
       }},
      {"layer_norm",
       [] {
         return on(LayerNorm(LayerNormOptions({4})), {torch::randn({2, 4})});
       }},
      {"embedding",
       [] {
         return on(Embedding(10, 4), {torch::tensor({{1, 9}, {3, 0}})});
       }},
      {"dropout_eval", [] { return evaluated(Dropout(0.3), {torch::randn({4})}); }},
      {"dropout_train", [] { return on(Dropout(0.3), {torch::randn({40})}); }},
      {"lstm", lstm},
      {"lstm_with_state", lstm_with_state},
      {"attention", attention},
      {"encoder_layer", encoder_layer},
      {"sequential", sequential},
      {"classifier",
       [] {
         return on(std::make_shared<Classifier>(), {torch::randn({2, 3, 8, 8})});
       }},
      {"tied_weights",
       [] {
         return on(std::make_shared<TiedLanguageModel>(), {torch::tensor({1, 7, 10})});
       }},
      {"shared_layer",
       [] {
         return on(std::make_shared<SharedLayer>(), {torch::randn({2, 4})});
       }},
      {"mutated_buffers",
       [] {
         return on(std::make_shared<Counter>(), {torch::randn({5, 3})});
       }},
  };
}

}  // namespace roundtrip
