#include <ATen/ATen.h>
#include <roundtrip/module_call.h>
#include <roundtrip/nn.h>
#include <torch/torch.h>

#include "tests/interop/captured/captured_models.h"

/// Models that call their layers by roundtrip::call. The namespace and the names of types
/// are those of their twins in `module_call_twins.py`, which the module stack shows.

namespace module_call_twins {

using at::Tensor;

struct Block : torch::nn::Module {
  Block() {
    register_module("linear", linear);
    count = register_buffer("count", at::zeros({1}));
  }

  Tensor forward(const Tensor& x, double scale) {
    count.add_(1);
    return roundtrip::call(linear, x).relu() * scale + count;
  }

  torch::nn::Linear linear{torch::nn::LinearOptions(4, 4).bias(false)};
  Tensor count;
};

/// A block that is called twice, and a Sequential.
struct Nested : torch::nn::Module {
  Nested() {
    register_module("block", block);
    register_module("layers", layers);
    register_module("unused", unused);
  }

  Tensor forward(const Tensor& x) {
    Tensor y = roundtrip::call(block, x, 2.0) + 1;
    y = roundtrip::call(layers, y);
    return roundtrip::call(block, y, 2.0);
  }

  std::shared_ptr<Block> block = std::make_shared<Block>();
  torch::nn::Sequential layers{torch::nn::Linear(torch::nn::LinearOptions(4, 4).bias(false)),
                               torch::nn::ReLU()};
  torch::nn::Linear unused{torch::nn::Linear(4, 4)};
};

struct Pair : torch::nn::Module {
  std::tuple<Tensor, Tensor> forward(const std::vector<Tensor>& tensors, int64_t factor) {
    return {tensors[0] * factor, tensors[1] + tensors[0]};
  }
};

/// A layer that takes and gives containers, called twice.
struct Structured : torch::nn::Module {
  Structured() { register_module("pair", pair); }

  Tensor forward(const Tensor& x, const Tensor& y) {
    const auto first = roundtrip::call(pair, std::vector<Tensor>{x, y}, 3);
    const auto second =
        roundtrip::call(pair, std::vector<Tensor>{std::get<0>(first), std::get<1>(first)}, 4);
    return std::get<0>(second) - std::get<1>(second);
  }

  std::shared_ptr<Pair> pair = std::make_shared<Pair>();
};

/// A dynamic size that several modules use.
struct Inner : torch::nn::Module {
  Tensor forward(const Tensor& x) { return x.view_symint({-1}) * x.sym_size(0); }
};
struct Sized : torch::nn::Module {
  Sized() { register_module("inner", inner); }

  Tensor forward(const Tensor& x) { return roundtrip::call(inner, x) + x.sym_size(0); }

  std::shared_ptr<Inner> inner = std::make_shared<Inner>();
};

}  // namespace module_call_twins

namespace roundtrip {

std::vector<CapturedModel> module_call_models() {
  using namespace module_call_twins;
  const auto nested = [](ExportOptions options) {
    return [options] {
      return ExportCall{make_module(std::make_shared<Nested>()).arg_names({"x"}),
                        {at::ones({2, 4})},
                        {},
                        options};
    };
  };
  const auto structured = [] {
    return ExportCall{make_module(std::make_shared<Structured>()).arg_names({"x", "y"}),
                      {at::ones({2}), at::full({2}, 5.0)},
                      {},
                      {.preserve_module_call_signature = {"pair"}}};
  };
  const auto sized = [] {
    return ExportCall{make_module(std::make_shared<Sized>()).arg_names({"x"}),
                      {at::ones({3, 4})},
                      {},
                      {.dynamic_shapes = {{"x", {{0, Dim("batch")}}}}}};
  };
  return {{"call_nested", nested({})},
          {"call_nested_preserved", nested({.preserve_module_call_signature = {"block"}})},
          {"call_structured", structured},
          {"call_sized", sized}};
}

}  // namespace roundtrip
