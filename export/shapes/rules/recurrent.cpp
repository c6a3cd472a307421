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

/// The batch's size is that of the state, the input's width that of the weight.
void check_input(const Call& call, const at::Tensor& state) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const std::int64_t batch_dim = call.flag("batch_first") ? 0 : 1;
  if (input.dim() == 3 && state.dim() == 3) {
    check_equal(input.sym_size(batch_dim), state.sym_size(1), "the batch of input and state");
  }
  const auto params = call.tensors("params");
  if (!params.empty() && params[0].dim() == 2) {
    check_equal(input.sym_size(input.dim() - 1), params[0].sym_size(1), "the width of the input");
  }
}

Shape state_like(const at::Tensor& state) {
  return of_sizes(sizes_of(state));
}

Shapes lstm(const Call& call) {
  const auto states = call.tensors("hx");
  TORCH_CHECK(states.size() == 2, "lstm takes two states");
  check_input(call, states[0]);
  return {outputs_of(call, states[0]), state_like(states[0]), state_like(states[1])};
}

Shapes with_one_state(const Call& call) {
  const at::Tensor& state = call.tensor("hx");
  check_input(call, state);
  return {outputs_of(call, state), state_like(state)};
}

Shapes lstm_cell(const Call& call) {
  const auto states = call.tensors("hx");
  return {state_like(states.at(0)), state_like(states.at(1))};
}

Shapes cell(const Call& call) {
  return {state_like(call.tensor("hx"))};
}

constexpr NamedRule kRecurrentRules[] = {
    {"lstm", lstm},
    {"gru", with_one_state},
    {"rnn_tanh", with_one_state},
    {"rnn_relu", with_one_state},
    {"lstm_cell", lstm_cell},
    {"gru_cell", cell},
    {"rnn_tanh_cell", cell},
    {"rnn_relu_cell", cell},
};

}  // namespace

RuleTable recurrent_rules() {
  return kRecurrentRules;
}

}  // namespace roundtrip::shapes
