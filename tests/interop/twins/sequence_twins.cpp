#include "tests/interop/twins/layer.h"

namespace roundtrip {
namespace {

using namespace torch::nn;
using at::Tensor;

Input steps(std::int64_t features) {
  return normal({dynamic(5), batch(3), features});
}
Input rows(std::int64_t features) {
  return normal({batch(3), features});
}

/// A layer with an initial state of one tensor or of two.
template <typename Holder, typename State>
Twin with_state(std::string name, std::function<Holder()> make, Input input, Input state) {
  const auto make_it = [make] {
    Holder layer = make();
    return TwinModel{
        make_module(layer, [layer](const Tensor& input,
                                   const State& hx) mutable { return layer->forward(input, hx); })
            .arg_names({"input", "hx"}),
        layer.ptr()};
  };
  return {std::move(name), make_it, {std::move(input), std::move(state)}};
}

using TwoTensors = std::tuple<Tensor, Tensor>;

Twin lstm_with_state() {
  const Input state = Input::tuple({normal({2, batch(3), 5}), normal({2, batch(3), 5})});
  return with_state<LSTM, TwoTensors>(
      "LSTM_state", [] { return LSTM(LSTMOptions(4, 5).num_layers(2)); }, steps(4), state);
}

Twin lstm_cell_with_state() {
  return with_state<LSTMCell, TwoTensors>(
      "LSTMCell_state", [] { return LSTMCell(4, 5); }, rows(4), Input::tuple({rows(5), rows(5)}));
}

/// Offsets of bags of two.
Input offsets() {
  return {{batch(3)}, [](at::IntArrayRef sizes) { return at::arange(sizes[0]).mul(2); }};
}

Input causal_mask(std::int64_t length) {
  return {{named("length", length), named("length", length)}, [](at::IntArrayRef sizes) {
            return at::full(sizes, -std::numeric_limits<float>::infinity()).triu(1);
          }};
}

template <typename Holder>
Holder in_eval(Holder layer) {
  layer->eval();
  return layer;
}

TransformerEncoderLayerOptions encoder_options() {
  return TransformerEncoderLayerOptions(8, 2).dim_feedforward(16).activation(torch::kGELU);
}
TransformerDecoderLayerOptions decoder_options() {
  return TransformerDecoderLayerOptions(8, 2).dim_feedforward(16);
}

Input tokens(const std::string& length, std::int64_t size) {
  return normal({named(length, size), batch(3), 8});
}

/// Queries, keys and values all the same.
Twin self_attention() {
  const auto make = [] {
    MultiheadAttention layer = in_eval(MultiheadAttention(8, 2));
    return TwinModel{
        make_module(layer, [layer](const Tensor& x) mutable { return layer->forward(x, x, x); })
            .arg_names({"x"}),
        layer.ptr()};
  };
  return {"MultiheadAttention_self", make, {tokens("length", 5)}};
}

Twin attention_with_options() {
  const auto make = [] {
    MultiheadAttention layer = in_eval(MultiheadAttention(
        MultiheadAttentionOptions(8, 2).add_bias_kv(true).add_zero_attn(true).kdim(6).vdim(6)));
    return TwinModel{
        make_module(layer,
                    [layer](const Tensor& query, const Tensor& key, const Tensor& value) mutable {
                      return layer->forward(query, key, value);
                    })
            .arg_names({"query", "key", "value"}),
        layer.ptr()};
  };
  return {"MultiheadAttention_options",
          make,
          {tokens("length", 5), normal({named("source", 4), batch(3), 6}),
           normal({named("source", 4), batch(3), 6})}};
}

Twin masked_encoder_layer() {
  const auto make = [] {
    TransformerEncoderLayer layer = in_eval(TransformerEncoderLayer(encoder_options()));
    return TwinModel{make_module(layer,
                                 [layer](const Tensor& src, const Tensor& mask) mutable {
                                   return layer->forward(src, mask);
                                 })
                         .arg_names({"src", "mask"}),
                     layer.ptr()};
  };
  return {"TransformerEncoderLayer_mask", make, {tokens("length", 5), causal_mask(5)}};
}

TransformerEncoder encoder() {
  return in_eval(
      TransformerEncoder(TransformerEncoderOptions(TransformerEncoderLayer(encoder_options()), 2)));
}
TransformerDecoder decoder() {
  return in_eval(
      TransformerDecoder(TransformerDecoderOptions(TransformerDecoderLayer(decoder_options()), 2)));
}
Transformer transformer() {
  return in_eval(Transformer(TransformerOptions(8, 2, 1, 1).dim_feedforward(16)));
}

const std::vector<std::string> kDecoderNames = {"tgt", "memory"};

}  // namespace

Twins sequence_twins() {
  return {
      layer<RNN>("RNN", RNNOptions(4, 5), {steps(4)}),
      layer<RNN>("RNN_relu", RNNOptions(4, 5).nonlinearity(torch::kReLU).batch_first(true),
                 {normal({batch(3), dynamic(5), 4})}),
      layer<LSTM>("LSTM", LSTMOptions(4, 5), {steps(4)}),
      layer<LSTM>("LSTM_bidirectional", LSTMOptions(4, 5).num_layers(2).bidirectional(true),
                  {steps(4)}),
      layer<LSTM>("LSTM_projection", LSTMOptions(4, 5).proj_size(2), {steps(4)}),
      lstm_with_state(),
      layer<GRU>("GRU", GRUOptions(4, 5).num_layers(2), {steps(4)}),
      layer<GRU>("GRU_state", GRUOptions(4, 5), {steps(4), normal({1, batch(3), 5})},
                 {"input", "hx"}),
      layer<RNNCell>("RNNCell", RNNCellOptions(4, 5), {rows(4)}),
      layer<RNNCell>("RNNCell_state", RNNCellOptions(4, 5).bias(false), {rows(4), rows(5)},
                     {"input", "hx"}),
      layer<LSTMCell>("LSTMCell", LSTMCellOptions(4, 5), {rows(4)}),
      lstm_cell_with_state(),
      layer<GRUCell>("GRUCell", GRUCellOptions(4, 5), {rows(4)}),
      layer<GRUCell>("GRUCell_state", GRUCellOptions(4, 5), {rows(4), rows(5)}, {"input", "hx"}),
      layer<Embedding>("Embedding", EmbeddingOptions(10, 4),
                       {integers(10, {batch(3), dynamic(5)})}),
      layer<Embedding>("Embedding_padding", EmbeddingOptions(10, 4).padding_idx(-1),
                       {integers(10, {batch(3)})}),
      layer<EmbeddingBag>("EmbeddingBag", EmbeddingBagOptions(10, 4).mode(torch::kSum),
                          {integers(10, {Axis(dynamic(6, 2))}), offsets()}, {"input", "offsets"}),
      layer<EmbeddingBag>("EmbeddingBag_matrix", EmbeddingBagOptions(10, 4),
                          {integers(10, {batch(3), dynamic(5)})}),
      layer_made_by<MultiheadAttention>(
          "MultiheadAttention", [] { return in_eval(MultiheadAttention(8, 2)); },
          {tokens("length", 5), tokens("source", 4), tokens("source", 4)},
          {"query", "key", "value"}),
      self_attention(),
      attention_with_options(),
      eval_layer<TransformerEncoderLayer>("TransformerEncoderLayer", encoder_options(),
                                          {tokens("length", 5)}, {"src"}),
      masked_encoder_layer(),
      eval_layer<TransformerDecoderLayer>("TransformerDecoderLayer", decoder_options(),
                                          {tokens("length", 5), tokens("source", 4)},
                                          kDecoderNames),
      layer_made_by<TransformerEncoder>("TransformerEncoder", encoder, {tokens("length", 5)},
                                        {"src"}),
      layer_made_by<TransformerDecoder>("TransformerDecoder", decoder,
                                        {tokens("length", 5), tokens("source", 4)}, kDecoderNames),
      layer_made_by<Transformer>("Transformer", transformer,
                                 {tokens("source", 4), tokens("length", 5)}, {"src", "tgt"}),
  };
}

}  // namespace roundtrip
