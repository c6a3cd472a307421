#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using at::Tensor;
using c10::SymInt;
namespace nn = torch::nn;

template <typename Model>
Twin model(std::string name, std::vector<Input> args, std::vector<std::string> names = {"x"}) {
  return {std::move(name),
          [names] {
            const auto layer = std::make_shared<Model>();
            return TwinModel{make_module(layer).arg_names(names), layer};
          },
          std::move(args)};
}

struct Perceptron : nn::Module {
  nn::Linear first{register_module("first", nn::Linear(8, 16))};
  nn::Linear second{register_module("second", nn::Linear(16, 4))};
  Tensor forward(const Tensor& x) { return second(torch::relu(first(x))); }
};

struct DoublePerceptron : Perceptron {
  DoublePerceptron() { to(torch::kDouble); }
};

/// A parameter under two names: input embedding and output projection.
struct TiedLanguageModel : nn::Module {
  nn::Embedding embedding{register_module("embedding", nn::Embedding(11, 6))};
  Tensor output{register_parameter("output", embedding->weight)};
  Tensor forward(const Tensor& ids) {
    return torch::log_softmax(torch::matmul(embedding(ids), output.t()), -1);
  }
};

/// One layer registered under two names.
struct SharedLayer : nn::Module {
  nn::Linear layer{register_module("layer", nn::Linear(4, 4))};
  nn::Linear again{register_module("again", layer)};
  Tensor forward(const Tensor& x) { return again(torch::tanh(layer(x))); }
};

struct Counter : nn::Module {
  Tensor count{register_buffer("count", torch::zeros({}, torch::kLong))};
  Tensor mean{register_buffer("mean", torch::zeros({3}))};
  Tensor forward(const Tensor& x) {
    count += 1;
    mean.mul_(0.9).add_(x.mean(0), 0.1);
    return (x - mean) * count;
  }
};

Twin sequential() {
  const auto make = [] {
    nn::Sequential layers(nn::Linear(6, 8), nn::ReLU(), nn::LayerNorm(nn::LayerNormOptions({8})),
                          nn::Dropout(0.5), nn::Functional(torch::tanh), nn::Linear(8, 2));
    layers->eval();
    return TwinModel{
        make_module(layers, [layers](const Tensor& x) mutable { return layers->forward(x); })
            .arg_names({"input"}),
        layers.ptr()};
  };
  return {"Sequential", make, {normal({batch(3), 6})}};
}

/// The containers that hold modules and parameters by position and by name.
struct Containers : nn::Module {
  nn::ModuleList list{register_module("list", nn::ModuleList(nn::Linear(4, 4), nn::Linear(4, 3)))};
  nn::ModuleDict dict{register_module("dict", nn::ModuleDict())};
  nn::ParameterList weights{register_module("weights", nn::ParameterList())};
  nn::ParameterDict scales{register_module("scales", nn::ParameterDict())};

  Containers() {
    dict->update({{"norm", nn::LayerNorm(nn::LayerNormOptions({4})).ptr()}});
    weights->append(torch::randn({4}));
    weights->append(torch::randn({3}));
    scales->insert("output", torch::randn({1}));
  }
  Tensor forward(const Tensor& x) {
    const Tensor hidden = list[0]->as<nn::Linear>()->forward(x) * weights[0];
    const Tensor normed = dict["norm"]->as<nn::LayerNorm>()->forward(hidden);
    return (list[1]->as<nn::Linear>()->forward(normed) + weights[1]) * scales["output"];
  }
};

constexpr std::int64_t kWidth = 16;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kVocabulary = 23;

/// Causal self-attention of GPT-2.
struct CausalAttention : nn::Module {
  nn::Linear qkv{register_module("qkv", nn::Linear(kWidth, 3 * kWidth))};
  nn::Linear output{register_module("output", nn::Linear(kWidth, kWidth))};

  Tensor forward(const Tensor& x) {
    const auto parts = qkv(x).split(kWidth, 2);
    const Tensor attended = at::scaled_dot_product_attention(
        heads(parts[0]), heads(parts[1]), heads(parts[2]), {}, 0.0, /*is_causal=*/true);
    const Tensor merged = attended.transpose(1, 2).contiguous();
    return output(merged.view_symint({x.sym_size(0), x.sym_size(1), kWidth}));
  }
  static Tensor heads(const Tensor& x) {
    return x.view_symint({x.sym_size(0), x.sym_size(1), kHeads, kWidth / kHeads}).transpose(1, 2);
  }
};

struct DecoderBlock : nn::Module {
  nn::LayerNorm norm1{register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({kWidth})))};
  std::shared_ptr<CausalAttention> attention{
      register_module("attention", std::make_shared<CausalAttention>())};
  nn::LayerNorm norm2{register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({kWidth})))};
  nn::Linear up{register_module("up", nn::Linear(kWidth, 4 * kWidth))};
  nn::Linear down{register_module("down", nn::Linear(4 * kWidth, kWidth))};

  Tensor forward(const Tensor& x) {
    const Tensor y = x + attention->forward(norm1(x));
    return y + down(torch::gelu(up(norm2(y)), "tanh"));
  }
};

struct Gpt2 : nn::Module {
  nn::Embedding tokens{register_module("tokens", nn::Embedding(kVocabulary, kWidth))};
  nn::Embedding positions{register_module("positions", nn::Embedding(32, kWidth))};
  std::shared_ptr<DecoderBlock> block0{register_module("block0", std::make_shared<DecoderBlock>())};
  std::shared_ptr<DecoderBlock> block1{register_module("block1", std::make_shared<DecoderBlock>())};
  nn::LayerNorm norm{register_module("norm", nn::LayerNorm(nn::LayerNormOptions({kWidth})))};

  Tensor forward(const Tensor& ids) {
    const Tensor places = torch::arange(at::Scalar(ids.sym_size(1)), torch::kLong);
    Tensor x = tokens(ids) + positions(places);
    x = norm(block1->forward(block0->forward(x)));
    return torch::matmul(x, tokens->weight.t());
  }
};

struct LstmLanguageModel : nn::Module {
  nn::Embedding embedding{register_module("embedding", nn::Embedding(kVocabulary, 6))};
  nn::LSTM lstm{register_module("lstm", nn::LSTM(nn::LSTMOptions(6, 8).batch_first(true)))};
  nn::Linear output{register_module("output", nn::Linear(8, kVocabulary))};

  Tensor forward(const Tensor& ids) {
    const auto [states, last] = lstm(embedding(ids));
    return output(states);
  }
};

/// Encodes by a GRU, and gives the last state of each sequence.
struct SentenceEncoder : nn::Module {
  nn::Embedding embedding{register_module("embedding", nn::Embedding(kVocabulary, 6))};
  nn::GRU gru{register_module("gru", nn::GRU(nn::GRUOptions(6, 8).batch_first(true)))};

  Tensor forward(const Tensor& ids, const Tensor& mask) {
    const auto [states, last] = gru(embedding(ids));
    const Tensor weights = mask.unsqueeze(2).to(torch::kFloat);
    return (states * weights).sum(1) / weights.sum(1).clamp_min(1);
  }
};

/// Sequences of several lengths, padded to the longest.
struct PackedSequences : nn::Module {
  nn::LSTM lstm{
      register_module("lstm", nn::LSTM(nn::LSTMOptions(4, 6).batch_first(true).num_layers(2)))};

  std::tuple<Tensor, Tensor, Tensor> forward(const Tensor& x, const Tensor& lengths) {
    namespace rnn = nn::utils::rnn;
    const auto packed = rnn::pack_padded_sequence(x, lengths, /*batch_first=*/true,
                                                  /*enforce_sorted=*/false);
    const auto [states, last] = lstm->forward_with_packed_input(packed);
    const auto [padded, counts] = rnn::pad_packed_sequence(states, /*batch_first=*/true);
    return {padded, counts, std::get<0>(last)};
  }
};

/// The first is the longest.
Input lengths_up_to(std::int64_t most) {
  return {{batch(3)}, [most](at::IntArrayRef sizes) {
            return most - at::arange(sizes[0]).mul(2).remainder(most);
          }};
}

/// A linear layer of low rank beside a frozen one.
struct LowRank : nn::Module {
  nn::Linear base{register_module("base", nn::Linear(8, 8))};
  Tensor a{register_parameter("a", torch::randn({2, 8}))};
  Tensor b{register_parameter("b", torch::randn({8, 2}))};

  LowRank() { base->weight.set_requires_grad(false); }
  Tensor forward(const Tensor& x) {
    return base(x) + torch::matmul(torch::matmul(x, a.t()), b.t()) * 0.5;
  }
};

struct VariationalEncoder : nn::Module {
  nn::Linear mean{register_module("mean", nn::Linear(6, 3))};
  nn::Linear deviation{register_module("deviation", nn::Linear(6, 3))};
  std::tuple<Tensor, Tensor> forward(const Tensor& x) {
    const Tensor sigma = torch::exp(deviation(x) * 0.5);
    const Tensor z = mean(x) + sigma * torch::randn_like(sigma);
    return {z, (sigma.pow(2) + mean(x).pow(2) - 2 * sigma.log() - 1).sum(1)};
  }
};

}  // namespace

Twins model_twins() {
  const std::vector<Axis> text = {batch(3), named("length", 5)};
  return {
      model<Perceptron>("perceptron", {normal({batch(2), 8})}),
      model<DoublePerceptron>(
          "double_perceptron",
          {{{batch(2), 8}, [](at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble); }}}),
      model<TiedLanguageModel>("tied_weights", {integers(11, {dynamic(3)})}, {"ids"}),
      model<SharedLayer>("shared_layer", {normal({batch(2), 4})}),
      model<Counter>("mutated_buffers", {normal({batch(5), 3})}),
      sequential(),
      model<Containers>("containers", {normal({batch(3), 4})}),
      model<Gpt2>("gpt2", {integers(kVocabulary, text)}, {"ids"}),
      model<LstmLanguageModel>("lstm_language_model", {integers(kVocabulary, text)}, {"ids"}),
      model<SentenceEncoder>("sentence_encoder", {integers(kVocabulary, text), integers(2, text)},
                             {"ids", "mask"}),
      model<PackedSequences>("packed_sequences", {normal({batch(3), 5, 4}), lengths_up_to(5)},
                             {"x", "lengths"}),
      model<LowRank>("low_rank", {normal({batch(3), 8})}),
      model<VariationalEncoder>("variational_encoder", {normal({batch(3), 6})}),
  };
}

}  // namespace roundtrip
