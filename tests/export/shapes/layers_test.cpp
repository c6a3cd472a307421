#include <doctest/doctest.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <functional>
#include <map>
#include <set>

#include "harness.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

using torch::jit::Stack;

/// Follows the operators that a layer calls: each result's layout is inferred from those
/// of the arguments, as capture does it.
class Follower {
 public:
  void set(const at::Tensor& real, at::Tensor symbolic) {
    kept_.push_back(real);
    symbolic_[real.unsafeGetTensorImpl()] = std::move(symbolic);
  }

  SymbolicLayout layout(const at::Tensor& real) const {
    const auto found = symbolic_.find(real.unsafeGetTensorImpl());
    if (found == symbolic_.end()) return {};
    const at::Tensor& tensor = found->second;
    return {tensor.sym_sizes().vec(), tensor.sym_strides().vec(), tensor.sym_storage_offset()};
  }

  void call(const c10::OperatorHandle& op, Stack* stack) {
    Stack arguments;
    const std::size_t count = op.schema().arguments().size();
    for (const c10::IValue& value : torch::jit::last(*stack, count)) {
      arguments.push_back(symbolic(value));
    }
    op.callBoxed(*stack);
    std::vector<at::Tensor> results;
    for (const c10::IValue& value : *stack) collect(value, results);
    if (results.empty()) return;
    const auto inferred = infer_shapes(op, arguments, results, value_in_this_run);
    TORCH_CHECK(inferred, "no layout of ", op.schema().operator_name());
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].defined()) set(results[i], with(inferred->results[i], results[i]));
    }
  }

 private:
  static void collect(const c10::IValue& value, std::vector<at::Tensor>& out) {
    if (value.isTensor()) out.push_back(value.toTensor());
    if (!value.isTensorList()) return;
    for (const at::Tensor& tensor : value.toTensorVector()) out.push_back(tensor);
  }

  static at::Tensor with(const SymbolicLayout& layout, const at::Tensor& real) {
    at::Tensor tensor = symbolic_tensor({layout.sizes, real.scalar_type()});
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(layout.sizes, layout.strides,
                                                        layout.storage_offset);
    return tensor;
  }

  at::Tensor tensor(const at::Tensor& real) const {
    const auto found = symbolic_.find(real.unsafeGetTensorImpl());
    return found == symbolic_.end() ? real : found->second;
  }

  c10::IValue symbolic(const c10::IValue& value) const {
    if (value.isTensor()) return tensor(value.toTensor());
    if (!value.isTensorList()) return value;
    c10::List<at::Tensor> list;
    for (const at::Tensor& real : value.toTensorVector()) list.push_back(tensor(real));
    return list;
  }

  std::map<c10::TensorImpl*, at::Tensor> symbolic_;
  std::vector<at::Tensor> kept_;
};

thread_local Follower* current = nullptr;
constexpr auto kMode = c10::DispatchKey::TESTING_ONLY_GenericMode;

void follow(const c10::OperatorHandle& op, Stack* stack) {
  const c10::impl::ExcludeDispatchKeyGuard exclude(kMode);
  const std::size_t count = op.schema().arguments().size();
  Stack own(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  torch::jit::drop(stack, count);
  current->call(op, &own);
  stack->insert(stack->end(), own.begin(), own.end());
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&follow>());
}

using Tensors = std::vector<at::Tensor>;

struct Layer {
  std::string name;
  TensorSpecs inputs;
  std::function<at::Tensor(const Tensors&)> forward;
};

/// A layer of one input.
template <typename Module>
Layer layer(const char* name, Module module, TensorSpec input) {
  module->eval();
  return {name, {std::move(input)}, [module](const Tensors& in) mutable { return module(in[0]); }};
}

/// A layer (or loss) of two.
template <typename Module>
Layer pair(const char* name, Module module, TensorSpec first, TensorSpec second) {
  return {name, {std::move(first), std::move(second)}, [module](const Tensors& in) mutable {
            return module(in[0], in[1]);
          }};
}

const c10::SymInt a = symbol(0), b = symbol(1), c = symbol(2), d = symbol(3);
const TensorSpec kRows{{a, 4}};
const TensorSpec kSignal{{a, 4, c + 4}};
const TensorSpec kImage{{a, 4, c + 4, d + 4}};
const TensorSpec kVolume{{a, 4, b + 3, c, d}};

namespace nn = torch::nn;

std::vector<Layer> convolutions() {
  return {
      layer("Linear", nn::Linear(4, 3), {{a, b, 4}}),
      layer("Conv1d", nn::Conv1d(nn::Conv1dOptions(4, 6, 3).stride(2)), kSignal),
      layer("Conv2d", nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(1)), kImage),
      layer("Conv3d", nn::Conv3d(nn::Conv3dOptions(4, 6, 2)), kVolume),
      layer("ConvTranspose1d", nn::ConvTranspose1d(4, 6, 3), kSignal),
      layer("ConvTranspose2d", nn::ConvTranspose2d(4, 6, 3), kImage),
      layer("ConvTranspose3d", nn::ConvTranspose3d(4, 6, 2), kVolume),
      layer("Unfold", nn::Unfold(nn::UnfoldOptions({2, 3})), kImage),
      layer("Embedding", nn::Embedding(10, 4), {{a, b}, at::kLong, 3}),
      layer("EmbeddingBag", nn::EmbeddingBag(10, 4), {{a, b}, at::kLong, 3}),
      pair("Bilinear", nn::Bilinear(4, 3, 5), {{a, 4}}, {{a, 3}}),
      layer("Flatten", nn::Flatten(), kImage),
      layer("PixelShuffle", nn::PixelShuffle(2), kImage),
      layer("PixelUnshuffle", nn::PixelUnshuffle(2), {{a, 3, c * 2, d * 2}}),
      layer("Upsample", nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2})),
            kImage),
  };
}

std::vector<Layer> poolings() {
  return {
      layer("AvgPool1d", nn::AvgPool1d(2), kSignal),
      layer("AvgPool2d", nn::AvgPool2d(2), kImage),
      layer("AvgPool3d", nn::AvgPool3d(2), kVolume),
      layer("MaxPool1d", nn::MaxPool1d(2), kSignal),
      layer("MaxPool2d", nn::MaxPool2d(2), kImage),
      layer("MaxPool3d", nn::MaxPool3d(2), kVolume),
      layer("LPPool1d", nn::LPPool1d(2, 2), kSignal),
      layer("LPPool2d", nn::LPPool2d(nn::LPPool2dOptions(2, {2, 2})), kImage),
      layer("AdaptiveAvgPool1d", nn::AdaptiveAvgPool1d(2), kSignal),
      layer("AdaptiveAvgPool2d", nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({2, 3})),
            kImage),
      layer("AdaptiveAvgPool3d", nn::AdaptiveAvgPool3d(nn::AdaptiveAvgPool3dOptions({2, 3, 1})),
            kVolume),
      layer("AdaptiveMaxPool1d", nn::AdaptiveMaxPool1d(2), kSignal),
      layer("AdaptiveMaxPool2d", nn::AdaptiveMaxPool2d(nn::AdaptiveMaxPool2dOptions({2, 3})),
            kImage),
      layer("AdaptiveMaxPool3d", nn::AdaptiveMaxPool3d(nn::AdaptiveMaxPool3dOptions({2, 3, 1})),
            kVolume),
      layer("ReflectionPad1d", nn::ReflectionPad1d(2), kSignal),
      layer("ReflectionPad2d", nn::ReflectionPad2d(2), kImage),
      layer("ReplicationPad1d", nn::ReplicationPad1d(2), kSignal),
      layer("ReplicationPad2d", nn::ReplicationPad2d(2), kImage),
      layer("ReplicationPad3d", nn::ReplicationPad3d(2), kVolume),
      layer("ConstantPad2d", nn::ConstantPad2d(nn::ConstantPad2dOptions({1, 2, 3, 4}, 1.0)),
            kImage),
      layer("ZeroPad2d", nn::ZeroPad2d(2), kImage),
  };
}

std::vector<Layer> normalizations() {
  return {
      layer("BatchNorm1d", nn::BatchNorm1d(4), kRows),
      layer("BatchNorm2d", nn::BatchNorm2d(4), kImage),
      layer("BatchNorm3d", nn::BatchNorm3d(4), kVolume),
      layer("InstanceNorm1d", nn::InstanceNorm1d(4), kSignal),
      layer("InstanceNorm2d", nn::InstanceNorm2d(4), kImage),
      layer("InstanceNorm3d", nn::InstanceNorm3d(4), kVolume),
      layer("LayerNorm", nn::LayerNorm(nn::LayerNormOptions({4})), kRows),
      layer("GroupNorm", nn::GroupNorm(2, 4), kImage),
      layer("LocalResponseNorm", nn::LocalResponseNorm(2), kImage),
      layer("CrossMapLRN2d", nn::CrossMapLRN2d(2), kImage),
      layer("Dropout", nn::Dropout(), kRows),
      layer("Dropout2d", nn::Dropout2d(), kImage),
      layer("Dropout3d", nn::Dropout3d(), kVolume),
      layer("AlphaDropout", nn::AlphaDropout(), kRows),
      layer("FeatureAlphaDropout", nn::FeatureAlphaDropout(), kRows),
  };
}

std::vector<Layer> activations() {
  return {
      layer("ELU", nn::ELU(), kRows),
      layer("SELU", nn::SELU(), kRows),
      layer("Hardshrink", nn::Hardshrink(), kRows),
      layer("Hardtanh", nn::Hardtanh(), kRows),
      layer("LeakyReLU", nn::LeakyReLU(), kRows),
      layer("LogSigmoid", nn::LogSigmoid(), kRows),
      layer("Softmax", nn::Softmax(1), kRows),
      layer("Softmin", nn::Softmin(1), kRows),
      layer("LogSoftmax", nn::LogSoftmax(1), kRows),
      layer("Softmax2d", nn::Softmax2d(), kImage),
      layer("PReLU", nn::PReLU(), kRows),
      layer("ReLU", nn::ReLU(), kRows),
      layer("ReLU6", nn::ReLU6(), kRows),
      layer("RReLU", nn::RReLU(), kRows),
      layer("CELU", nn::CELU(), kRows),
      layer("GLU", nn::GLU(), kRows),
      layer("GELU", nn::GELU(), kRows),
      layer("SiLU", nn::SiLU(), kRows),
      layer("Mish", nn::Mish(), kRows),
      layer("Sigmoid", nn::Sigmoid(), kRows),
      layer("Softplus", nn::Softplus(), kRows),
      layer("Softshrink", nn::Softshrink(), kRows),
      layer("Softsign", nn::Softsign(), kRows),
      layer("Tanh", nn::Tanh(), kRows),
      layer("Tanhshrink", nn::Tanhshrink(), kRows),
      layer("Threshold", nn::Threshold(0.1, 2.0), kRows),
  };
}

std::vector<Layer> losses() {
  const TensorSpec classes{{a}, at::kLong, 1};
  return {
      pair("L1Loss", nn::L1Loss(), kRows, kRows),
      pair("MSELoss", nn::MSELoss(), kRows, kRows),
      pair("BCELoss", nn::BCELoss(), kRows, kRows),
      pair("BCEWithLogitsLoss", nn::BCEWithLogitsLoss(), kRows, kRows),
      pair("KLDivLoss", nn::KLDivLoss(), kRows, kRows),
      pair("SmoothL1Loss", nn::SmoothL1Loss(), kRows, kRows),
      pair("HuberLoss", nn::HuberLoss(), kRows, kRows),
      pair("SoftMarginLoss", nn::SoftMarginLoss(), kRows, kRows),
      pair("HingeEmbeddingLoss", nn::HingeEmbeddingLoss(), kRows, kRows),
      pair("PoissonNLLLoss", nn::PoissonNLLLoss(), kRows, kRows),
      pair("MultiLabelSoftMarginLoss", nn::MultiLabelSoftMarginLoss(), kRows, kRows),
      pair("CrossEntropyLoss", nn::CrossEntropyLoss(), kRows, classes),
      pair("NLLLoss", nn::NLLLoss(), kRows, classes),
      pair("MultiMarginLoss", nn::MultiMarginLoss(), kRows, classes),
      pair("MultiLabelMarginLoss", nn::MultiLabelMarginLoss(), kRows, {{a, 4}, at::kLong, 1}),
      pair("CosineSimilarity", nn::CosineSimilarity(), kRows, kRows),
      pair("PairwiseDistance", nn::PairwiseDistance(), kRows, kRows),
  };
}

std::vector<Layer> sequences() {
  nn::LSTM lstm(4, 5);
  nn::GRU gru(4, 5);
  nn::RNN rnn(4, 5);
  nn::LSTMCell lstm_cell(4, 5);
  nn::GRUCell gru_cell(4, 5);
  nn::RNNCell rnn_cell(4, 5);
  nn::TransformerEncoderLayer encoder(4, 2);
  encoder->eval();
  nn::MultiheadAttention attention(4, 2);
  const TensorSpec steps{{b, a, 4}};
  return {
      {"LSTM",
       {steps},
       [=](const Tensors& in) mutable { return std::get<0>(lstm->forward(in[0])); }},
      {"GRU", {steps}, [=](const Tensors& in) mutable { return std::get<0>(gru->forward(in[0])); }},
      {"RNN", {steps}, [=](const Tensors& in) mutable { return std::get<0>(rnn->forward(in[0])); }},
      {"LSTMCell",
       {kRows},
       [=](const Tensors& in) mutable { return std::get<0>(lstm_cell->forward(in[0])); }},
      {"GRUCell", {kRows}, [=](const Tensors& in) mutable { return gru_cell->forward(in[0]); }},
      {"RNNCell", {kRows}, [=](const Tensors& in) mutable { return rnn_cell->forward(in[0]); }},
      {"TransformerEncoderLayer",
       {steps},
       [=](const Tensors& in) mutable { return encoder->forward(in[0]); }},
      {"MultiheadAttention",
       {steps},
       [=](const Tensors& in) mutable {
         return std::get<0>(attention->forward(in[0], in[0], in[0]));
       }},
  };
}

/// Layers whose C++ code reads sizes as plain integers: what they call has the sizes of
/// this run, whatever the rules say.
const std::set<std::string> kReadsSizes = {
    "EmbeddingBag", "Upsample", "CrossMapLRN2d",           "LSTMCell",
    "GRUCell",      "RNNCell",  "TransformerEncoderLayer", "MultiheadAttention"};

std::string problem_of(const Layer& layer) {
  Follower follower;
  Tensors inputs;
  for (const TensorSpec& spec : layer.inputs) {
    inputs.push_back(real_tensor(spec, kThisRun));
    follower.set(inputs.back(), symbolic_tensor(spec));
  }
  clear_guards();
  current = &follower;
  at::Tensor result;
  {
    const c10::impl::IncludeDispatchKeyGuard include(kMode);
    result = layer.forward(inputs);
  }
  const SymbolicLayout layout = follower.layout(result);
  const bool fixed = kReadsSizes.contains(layer.name);
  for (const Values& point : fixed ? std::vector<Values>{kThisRun} : kOtherPoints) {
    if (!guards_hold_at(point)) continue;
    Tensors at_point;
    for (const TensorSpec& spec : layer.inputs) at_point.push_back(real_tensor(spec, point));
    const std::string problem = difference(layout, layer.forward(at_point), point);
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

TEST_CASE("layouts of what every layer calls hold at other sizes") {
  const at::NoGradGuard no_grad;
  int exact = 0;
  int count = 0;
  for (const auto& layers :
       {convolutions(), poolings(), normalizations(), activations(), losses(), sequences()}) {
    for (const Layer& layer : layers) {
      std::string problem;
      try {
        problem = problem_of(layer);
      } catch (const std::exception& error) {
        problem = error.what();
      }
      CAPTURE(layer.name);
      CAPTURE(problem);
      CHECK(problem.empty());
      ++count;
      if (problem.empty() && !kReadsSizes.contains(layer.name)) ++exact;
    }
  }
  CHECK(exact + static_cast<int>(kReadsSizes.size()) == count);
  MESSAGE("exact at other sizes: ", exact, " of ", count, " layers");
}
