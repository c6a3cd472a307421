#include "tests/interop/twins/resnet.h"

namespace roundtrip {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, size).stride(stride).padding(size / 2).bias(false));
}

}  // namespace

BasicBlock::BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
    : conv1_(register_module("conv1", convolution(in, out, 3, stride))),
      norm1_(register_module("norm1", nn::BatchNorm2d(out))),
      conv2_(register_module("conv2", convolution(out, out, 3, 1))),
      norm2_(register_module("norm2", nn::BatchNorm2d(out))) {
  if (in == out) return;
  shortcut_ = register_module("shortcut", convolution(in, out, 1, stride));
  shortcut_norm_ = register_module("shortcut_norm", nn::BatchNorm2d(out));
}

at::Tensor BasicBlock::forward(const at::Tensor& x) {
  at::Tensor y = torch::relu(norm1_(conv1_(x)));
  y = norm2_(conv2_(y));
  return torch::relu(y + (shortcut_ ? shortcut_norm_(shortcut_(x)) : x));
}

ResNet18::ResNet18(std::int64_t width)
    : conv_(register_module("conv", convolution(3, width, 7, 2))),
      norm_(register_module("norm", nn::BatchNorm2d(width))),
      output_(nullptr) {
  std::int64_t in = width;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t out = width << stage;
    for (int block = 0; block < 2; ++block) {
      const std::string name = "stage" + std::to_string(stage) + "_" + std::to_string(block);
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      blocks_.push_back(register_module(name, std::make_shared<BasicBlock>(in, out, stride)));
      in = out;
    }
  }
  output_ = register_module("output", nn::Linear(in, 10));
}

at::Tensor ResNet18::forward(const at::Tensor& x) {
  at::Tensor y = torch::max_pool2d(torch::relu(norm_(conv_(x))), 3, 2, 1);
  for (const auto& block : blocks_) y = block->forward(y);
  return output_(torch::adaptive_avg_pool2d(y, {1, 1}).flatten(1));
}

}  // namespace roundtrip
