#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/nn.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/utils/rnn.h>

#include "export/interpreter/plan.h"
#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;
namespace rnn = torch::nn::utils::rnn;

namespace {

/// Padded sequences through a layer that sees no padding.
template <typename Layer>
auto packed_layer(Layer layer, bool batch_first, bool sorted,
                  std::optional<std::int64_t> total = {}) {
  return [=](const Tensor& x, const Tensor& lengths) mutable {
    const auto packed = rnn::pack_padded_sequence(x, lengths, batch_first, sorted);
    const auto result = layer->forward_with_packed_input(packed);
    const auto [padded, counts] =
        rnn::pad_packed_sequence(std::get<0>(result), batch_first, 0.0, total);
    return std::tuple(padded, counts);
  };
}

template <typename F>
void check_at(const Program& program, F forward, const Tensor& x, const Tensor& lengths) {
  const Value result = Plan(program).run({x, lengths}, {});
  const auto [padded, counts] = forward(x, lengths);
  CHECK(at::equal(result[0].tensor(), padded));
  CHECK(at::equal(result[1].tensor(), counts));
}

ExportOptions by_batch() {
  const Dim batch("batch");
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, batch}}}, {"lengths", {{0, batch}}}};
  return options;
}

}  // namespace

TEST_CASE("packed sequences run with other lengths and with other batches") {
  at::manual_seed(1);
  const at::NoGradGuard no_grad;
  const auto check = [](auto layer) {
    const auto forward = packed_layer(layer, /*batch_first=*/true, /*sorted=*/false);
    const Tensor x = at::rand({3, 5, 4});
    const Program program =
        capture(forward, {"x", "lengths"}, {x, at::tensor({5, 2, 3})}, by_batch());
    check_at(program, forward, x, at::tensor({5, 2, 3}));
    check_at(program, forward, x, at::tensor({1, 4, 5}));
    check_at(program, forward, at::rand({4, 5, 4}), at::tensor({1, 5, 5, 2}));
    // No sequence fills the padding: the model's result would have other sizes.
    CHECK_THROWS(Plan(program).run({x, at::tensor({1, 4, 3})}, {}));
  };
  check(torch::nn::GRU(torch::nn::GRUOptions(4, 5).batch_first(true)));
  check(torch::nn::LSTM(torch::nn::LSTMOptions(4, 5).batch_first(true).bidirectional(true)));
  check(torch::nn::RNN(torch::nn::RNNOptions(4, 5).batch_first(true).num_layers(2)));
}

TEST_CASE("sorted sequences, steps first, padded to a length of their own") {
  at::manual_seed(1);
  const at::NoGradGuard no_grad;
  const torch::nn::GRU layer(torch::nn::GRUOptions(4, 5));
  const auto forward = packed_layer(layer, false, true, 7);
  const Tensor x = at::rand({5, 3, 4});
  const Program program = capture(forward, {"x", "lengths"}, {x, at::tensor({5, 3, 2})});
  check_at(program, forward, x, at::tensor({5, 5, 1}));
  const Module module = make_module(layer, forward).arg_names({"x", "lengths"});
  CHECK_NOTHROW(capture_program({module, {x, at::tensor({5, 3, 2})}, {}, {.strict = true}}));
}

TEST_CASE("an example whose longest sequence does not fill the padding is refused") {
  const auto forward =
      packed_layer(torch::nn::GRU(torch::nn::GRUOptions(4, 5).batch_first(true)), true, false);
  CHECK_THROWS_WITH_AS(
      capture(forward, {"x", "lengths"}, {at::rand({3, 5, 4}), at::tensor({4, 2, 3})}),
      doctest::Contains("give example inputs whose longest sequence fills it"), CaptureError);
}

TEST_CASE("the steps of packed sequences are as many as data says") {
  const auto sum = [](const Tensor& x, const Tensor& lengths) {
    return rnn::pack_padded_sequence(x, lengths, true).data() * 2;
  };
  const Tensor x = at::rand({3, 5, 4});
  const Program program = capture(sum, {"x", "lengths"}, {x, at::tensor({4, 3, 2})});
  const Tensor lengths = at::tensor({3, 1, 1});
  CHECK(at::equal(Plan(program).run({x, lengths}, {}).tensor(), sum(x, lengths)));
}
