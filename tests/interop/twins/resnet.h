#pragma once

#include <torch/torch.h>

#include <vector>

namespace roundtrip {

/// A residual block of ResNet-18: two convolutions of 3 by 3 around a shortcut.
class BasicBlock : public torch::nn::Module {
 public:
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride);
  at::Tensor forward(const at::Tensor& x);

 private:
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d norm1_;
  torch::nn::Conv2d conv2_;
  torch::nn::BatchNorm2d norm2_;
  torch::nn::Conv2d shortcut_ = nullptr;
  torch::nn::BatchNorm2d shortcut_norm_ = nullptr;
};

/// ResNet-18 with `width` channels in its first stage (64 in the paper).
class ResNet18 : public torch::nn::Module {
 public:
  explicit ResNet18(std::int64_t width);
  at::Tensor forward(const at::Tensor& x);

 private:
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d norm_;
  std::vector<std::shared_ptr<BasicBlock>> blocks_;
  torch::nn::Linear output_;
};

}  // namespace roundtrip
