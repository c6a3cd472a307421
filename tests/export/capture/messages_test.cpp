#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/rnn.h>
#include <torch/utils.h>

#include <sstream>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

template <typename F>
std::string refusal(F forward, at::ScalarType type = at::kLong, ExportOptions options = {}) {
  try {
    capture(forward, {"x"}, {at::ones({4}, type)}, std::move(options));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void check_has(const std::string& message, const std::string& words) {
  CAPTURE(message);
  CHECK(message.find(words) != message.npos);
}

}  // namespace

TEST_CASE("a branch on data is refused with what to write in C++") {
  const std::string message = refusal([](const Tensor& x) {
    return x.sum().item().toSymInt().sym_eq(1).guard_bool(__FILE__, __LINE__) ? x + 1 : x;
  });
  check_has(message, "  1. roundtrip::torch_check(u0.sym_eq(1))\n");
  check_has(message, "  2. roundtrip::torch_check(u0.sym_ne(1))\n");
  check_has(message, "roundtrip::guard_or_false(u0.sym_eq(1)), guard_or_true\n");
  check_has(message, "(u0: what item() gave, or the size of a result that data decides)");
}

TEST_CASE("a number of data that is read as a plain one names the call that keeps it") {
  check_has(refusal([](const Tensor& x) { return x * x.sum().item<std::int64_t>(); }),
            "Instead of item<int64_t>() write item().toSymInt()");
  check_has(refusal([](const Tensor& x) { return x * x.sum().item<float>(); }, at::kFloat),
            "Instead of item<float>() or item<double>() write item().toSymFloat()");
  check_has(refusal([](const Tensor& x) { return x * x.nonzero().size(0); }),
            "instead of size() sym_size()");
}

TEST_CASE("a size that a layer of torch::nn reads names the layer's function") {
  const auto run = [](const Tensor& x) {
    torch::nn::LSTM layer(torch::nn::LSTMOptions(2, 3).batch_first(true));
    return std::get<0>(layer->forward(x));
  };
  const ExportOptions options{.dynamic_shapes = {{"x", {{0, Dim::AUTO}}}}};
  const Program program = capture(run, {"x"}, {at::ones({4, 5, 2})}, options);
  REQUIRE_FALSE(program.warnings.empty());
  check_has(program.warnings[0], "\n  in torch::nn::LSTMImpl::forward");
}

TEST_CASE("whether tensors are equal is decided by data, unless torch::nn's attention asks") {
  check_has(refusal([](const Tensor& x) { return torch::equal(x, x * 1) ? x + 1 : x; }),
            "forward calls aten::equal, whose result depends on the data in a tensor");
  const auto attention = [](const Tensor& x) {
    torch::nn::MultiheadAttention layer(4, 2);
    return std::get<0>(layer->forward(x, x * 2, x * 2));
  };
  CHECK_NOTHROW(capture(attention, {"x"}, {at::ones({3, 2, 4})}));
}

TEST_CASE("printing a tensor in forward is named as such") {
  check_has(refusal([](const Tensor& x) {
              std::ostringstream stream;
              stream << x;
              return x + 1;
            }),
            "it prints the tensor (std::cout <<), or uses data_ptr");
}

TEST_CASE("violated constraints name no tools of Python") {
  const std::string message = refusal(
      [](const Tensor& x) {
        return x.reshape({2, 2});
      },
      at::kLong, {.dynamic_shapes = {{"x", {{0, Dim::DYNAMIC}}}}});
  check_has(message, "Dim::DYNAMIC, replace it with either Dim::STATIC or Dim::AUTO");
  CHECK(message.find("TORCH_LOGS") == message.npos);
  CHECK(message.find("mark_dynamic") == message.npos);
}
