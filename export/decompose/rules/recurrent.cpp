#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

/// Recurrent layers, step by step. As in Python, dropout between layers is left out.

namespace roundtrip {
namespace {

using at::Tensor;
using Tensors = std::vector<Tensor>;
/// What a layer carries from step to step: the hidden state, and of an LSTM the cell's.
using State = Tensors;

/// Of one layer in one direction; undefined where there is none.
struct Weights {
  Tensor input;
  Tensor hidden;
  Tensor input_bias;
  Tensor hidden_bias;
  Tensor projection;
};

/// `gates` is what one step of the input gives.
using Cell = State (*)(const Tensor& gates, const State& state, const Weights& weights);

struct Layers {
  std::int64_t count;
  bool bidirectional;
  bool batch_first;
};

std::vector<Weights> weights_of(const Tensors& params, bool has_biases, bool projected) {
  const std::size_t size = (has_biases ? 4 : 2) + (projected ? 1 : 0);
  TORCH_CHECK(params.size() % size == 0, "a recurrent layer takes ", size, " weights, but ",
              params.size(), " are given");
  std::vector<Weights> all;
  for (std::size_t i = 0; i < params.size(); i += size) {
    Weights weights{params[i], params[i + 1], {}, {}, {}};
    if (has_biases) {
      weights.input_bias = params[i + 2];
      weights.hidden_bias = params[i + 3];
    }
    if (projected) weights.projection = params[i + size - 1];
    all.push_back(std::move(weights));
  }
  return all;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return at::linear(x, weight, bias.defined() ? std::optional(bias) : std::nullopt);
}

template <Tensor (*activation)(const Tensor&)>
State rnn_cell(const Tensor& gates, const State& state, const Weights& weights) {
  return {activation(at::add(linear(state[0], weights.hidden, weights.hidden_bias), gates))};
}

State gru_cell(const Tensor& gates, const State& state, const Weights& weights) {
  const Tensor& hidden = state[0];
  const Tensors input = at::chunk(gates, 3, 1);
  const Tensors carried = at::chunk(linear(hidden, weights.hidden, weights.hidden_bias), 3, 2);
  const Tensor reset = at::sigmoid(at::add(carried[0], input[0]));
  const Tensor update = at::sigmoid(at::add(carried[1], input[1]));
  const Tensor fresh = at::tanh(at::add(input[2], at::mul(carried[2], reset)));
  return {at::add(at::mul(at::sub(hidden, fresh), update), fresh)};
}

State lstm_cell(const Tensor& gates, const State& state, const Weights& weights) {
  const Tensor sum = at::add(linear(state[0], weights.hidden, weights.hidden_bias), gates);
  const Tensors parts = at::chunk(sum, 4, 2);
  const Tensor in = at::sigmoid(parts[0]);
  const Tensor forget = at::sigmoid(parts[1]);
  const Tensor fresh = at::tanh(parts[2]);
  const Tensor out = at::sigmoid(parts[3]);
  const Tensor kept = at::mul(forget, state[1]);
  const Tensor cell = at::add(kept, at::mul(in, fresh));
  const Tensor hidden = at::mul(out, at::tanh(cell));
  return {weights.projection.defined() ? at::linear(hidden, weights.projection) : hidden, cell};
}

State with_step(State state) {
  for (Tensor& part : state) part = at::unsqueeze(part, 0);
  return state;
}

/// One layer in one direction: its outputs for all steps and its last state.
std::pair<Tensor, State> run_layer(const Tensor& x, const State& initial, const Weights& weights,
                                   Cell cell, bool reverse) {
  State state = initial.size() > 1 ? with_step(initial) : initial;
  Tensor gates = linear(x, weights.input, weights.input_bias);
  if (reverse) gates = at::flip(gates, {0});
  if (initial.size() == 1) state = with_step(state);
  Tensors outputs;
  for (const Tensor& step : at::unbind(gates, 0)) {
    state = cell(step, state, weights);
    outputs.push_back(state[0]);
  }
  if (reverse) std::reverse(outputs.begin(), outputs.end());
  const Tensor all = at::cat(outputs, 0);
  for (Tensor& part : state) part = at::squeeze(part, 0);
  return {all, state};
}

/// All layers: outputs, then the last states, stacked part by part. `states` has one for
/// each layer and direction.
Tensors run_layers(const Tensor& input, const std::vector<State>& states,
                   const std::vector<Weights>& weights, const Layers& layers, Cell cell) {
  Tensor x = layers.batch_first ? at::transpose(input, 0, 1) : input;
  std::vector<State> last;
  const std::size_t directions = layers.bidirectional ? 2 : 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(layers.count); ++i) {
    Tensors outputs;
    for (std::size_t way = 0; way < directions; ++way) {
      const std::size_t place = i * directions + way;
      auto [output, state] = run_layer(x, states.at(place), weights.at(place), cell, way == 1);
      outputs.push_back(std::move(output));
      last.push_back(std::move(state));
    }
    x = layers.bidirectional ? at::cat(outputs, outputs[0].dim() - 1) : outputs[0];
  }
  Tensors results{layers.batch_first ? at::transpose(x, 0, 1) : x};
  for (std::size_t part = 0; part < last.front().size(); ++part) {
    Tensors parts;
    for (const State& state : last) parts.push_back(state[part]);
    results.push_back(at::stack(parts, 0));
  }
  return results;
}

template <Cell cell>
std::tuple<Tensor, Tensor> simple_layers(const Tensor& x, const Tensor& hidden,
                                         const Tensors& params, bool has_biases, std::int64_t count,
                                         double, bool, bool bidirectional, bool batch_first) {
  std::vector<State> states;
  for (const Tensor& part : at::unbind(hidden, 0)) states.push_back({part});
  const Tensors results = run_layers(x, states, weights_of(params, has_biases, false),
                                     {count, bidirectional, batch_first}, cell);
  return {results[0], results[1]};
}

std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& x, const Tensors& hidden,
                                        const Tensors& params, bool has_biases, std::int64_t count,
                                        double, bool, bool bidirectional, bool batch_first) {
  TORCH_CHECK(hidden.size() == 2, "lstm expects two hidden states, got ", hidden.size());
  const bool projected = hidden[0].sym_size(2) != hidden[1].sym_size(2);
  const std::vector<Weights> weights = weights_of(params, has_biases, projected);
  const Tensors first = at::unbind(hidden[0], 0);
  const Tensors second = at::unbind(hidden[1], 0);
  std::vector<State> states;
  for (std::size_t i = 0; i < first.size(); ++i) states.push_back({first[i], second.at(i)});
  const Tensors results =
      run_layers(x, states, weights, {count, bidirectional, batch_first}, lstm_cell);
  return {results[0], results[1], results[2]};
}

}  // namespace

void add_recurrent_rules(DecompositionTable& table) {
  table.add("aten::rnn_tanh.input", rule(simple_layers<rnn_cell<at::tanh>>));
  table.add("aten::rnn_relu.input", rule(simple_layers<rnn_cell<at::relu>>));
  table.add("aten::gru.input", rule(simple_layers<gru_cell>));
  table.add("aten::lstm.input", rule(lstm));
}

}  // namespace roundtrip
