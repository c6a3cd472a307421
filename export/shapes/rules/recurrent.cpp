#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

/// Every step's output: the input's sizes with the state's width in both directions.
Shape outputs_of(const Call& call, const at::Tensor& state) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const c10::SymInt width = state.sym_size(state.dim() - 1);
  sizes.back() = call.flag("bidirectional") ? width * 2 : width;
  return of_sizes(std::move(sizes));
}

/// What a layer, or a cell, works with. `state` is as wide as what a step gives to the next one,
/// `cell` as the rows of one gate.
struct Widths {
  c10::SymInt input;
  c10::SymInt state;
  c10::SymInt cell;
};

/// Weights of input and state, which hold a matrix for each gate over each other, and biases.
void check_weights(c10::ArrayRef<at::Tensor> weights, std::int64_t gates, const Widths& widths) {
  const c10::SymInt rows = widths.cell * gates;
  check_equal(weights[0].sym_sizes(), Sizes{rows, widths.input}, "a recurrent layer's weight");
  check_equal(weights[1].sym_sizes(), Sizes{rows, widths.state}, "a recurrent layer's weight");
  for (const at::Tensor& bias : weights.slice(2)) {
    if (bias.defined()) check_equal(bias.sym_sizes(), Sizes{rows}, "a recurrent layer's bias");
  }
}

/// Layers over each other, each in one direction or in both. A projection makes states narrower.
void check_layers(const Call& call, std::int64_t gates, Widths widths) {
  const auto params = call.tensors("params");
  const std::size_t directions = call.flag("bidirectional") ? 2 : 1;
  const std::size_t count = static_cast<std::size_t>(call.integer("num_layers")) * directions;
  const std::size_t plain = call.flag("has_biases") ? 4 : 2;
  const std::size_t each = params.size() / count;
  TORCH_CHECK(params.size() == count * each && each >= plain, "a recurrent layer's weights");
  for (std::size_t i = 0; i < count; ++i) {
    const c10::ArrayRef<at::Tensor> own(params.data() + i * each, each);
    if (i == directions) widths.input = widths.state * static_cast<std::int64_t>(directions);
    check_weights(own.slice(0, plain), gates, widths);
    if (each > plain) {
      check_equal(own.back().sym_sizes(), Sizes{widths.state, widths.cell}, "a projection");
    }
  }
}

/// Of all layers; its batch is that of the input.
void check_state(const Call& call, const at::Tensor& state) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const std::int64_t batch_dim = call.flag("batch_first") ? 0 : 1;
  if (input.dim() == 3 && state.dim() == 3) {
    check_equal(input.sym_size(batch_dim), state.sym_size(1), "the batch of input and state");
  }
  const std::int64_t directions = call.flag("bidirectional") ? 2 : 1;
  check_equal(state.sym_size(0), call.integer("num_layers") * directions, "layers of a state");
}

Shape state_like(const at::Tensor& state) {
  return of_sizes(sizes_of(state));
}

const c10::SymInt& width_of(const at::Tensor& tensor) {
  return tensor.sym_sizes().back();
}

Shapes lstm(const Call& call) {
  const auto states = call.tensors("hx");
  TORCH_CHECK(states.size() == 2, "lstm takes two states");
  for (const at::Tensor& state : states) check_state(call, state);
  check_layers(call, 4,
               {width_of(call.tensor(std::size_t{0})), width_of(states[0]), width_of(states[1])});
  return {outputs_of(call, states[0]), state_like(states[0]), state_like(states[1])};
}

template <std::int64_t gates>
Shapes with_one_state(const Call& call) {
  const at::Tensor& state = call.tensor("hx");
  check_state(call, state);
  check_layers(call, gates,
               {width_of(call.tensor(std::size_t{0})), width_of(state), width_of(state)});
  return {outputs_of(call, state), state_like(state)};
}

void check_cell(const Call& call, std::int64_t gates, const at::Tensor& state) {
  const at::Tensor& input = call.tensor("input");
  if (input.dim() == 2) {
    check_equal(input.sym_size(0), state.sym_size(0), "the batch of input and state");
  }
  std::vector<at::Tensor> weights{call.tensor("w_ih"), call.tensor("w_hh")};
  for (const char* name : {"b_ih", "b_hh"}) {
    weights.push_back(call.optional_tensor(name).value_or(at::Tensor()));
  }
  check_weights(weights, gates, {width_of(input), width_of(state), width_of(state)});
}

Shapes lstm_cell(const Call& call) {
  const auto states = call.tensors("hx");
  check_cell(call, 4, states.at(0));
  check_equal(states.at(1).sym_sizes(), states[0].sym_sizes(), "the states of lstm_cell");
  return {state_like(states[0]), state_like(states[1])};
}

template <std::int64_t gates>
Shapes cell(const Call& call) {
  const at::Tensor& state = call.tensor("hx");
  check_cell(call, gates, state);
  return {state_like(state)};
}

constexpr NamedRule kRecurrentRules[] = {
    {"lstm", lstm},
    {"gru", with_one_state<3>},
    {"rnn_tanh", with_one_state<1>},
    {"rnn_relu", with_one_state<1>},
    {"lstm_cell", lstm_cell},
    {"gru_cell", cell<3>},
    {"rnn_tanh_cell", cell<1>},
    {"rnn_relu_cell", cell<1>},
};

}  // namespace

RuleTable recurrent_rules() {
  return kRecurrentRules;
}

}  // namespace roundtrip::shapes
