#include "tests/interop/twins/layer.h"
#include "tests/interop/twins/resnet.h"

namespace roundtrip {
namespace {

using at::Tensor;
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

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, size).padding(size / 2));
}

struct Classifier : nn::Module {
  nn::Conv2d conv{register_module("conv", convolution(3, 6, 3))};
  nn::BatchNorm2d norm{register_module("norm", nn::BatchNorm2d(6))};
  nn::MaxPool2d pool{register_module("pool", nn::MaxPool2d(2))};
  nn::Linear output{register_module("output", nn::Linear(6 * 4 * 4, 5))};
  Tensor forward(const Tensor& image) {
    return output(pool(torch::gelu(norm(conv(image)))).flatten(1));
  }
};

struct SmallResNet : ResNet18 {
  SmallResNet() : ResNet18(/*width=*/8) { eval(); }
};

struct UNet : nn::Module {
  nn::Conv2d down1{register_module("down1", convolution(1, 4, 3))};
  nn::Conv2d down2{register_module("down2", convolution(4, 8, 3))};
  nn::Conv2d bottom{register_module("bottom", convolution(8, 8, 3))};
  nn::ConvTranspose2d up2{
      register_module("up2", nn::ConvTranspose2d(nn::ConvTranspose2dOptions(8, 8, 2).stride(2)))};
  nn::Conv2d merge2{register_module("merge2", convolution(16, 4, 3))};
  nn::ConvTranspose2d up1{
      register_module("up1", nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4, 4, 2).stride(2)))};
  nn::Conv2d merge1{register_module("merge1", convolution(8, 2, 3))};

  Tensor forward(const Tensor& image) {
    const Tensor fine = torch::relu(down1(image));
    const Tensor coarse = torch::relu(down2(torch::max_pool2d(fine, 2)));
    Tensor x = torch::relu(bottom(torch::max_pool2d(coarse, 2)));
    x = torch::relu(merge2(torch::cat({up2->forward(x), coarse}, 1)));
    return merge1(torch::cat({up1->forward(x), fine}, 1));
  }
};

/// One block of MLP-Mixer: mixes patches, then channels.
struct MixerBlock : nn::Module {
  nn::LayerNorm norm1{register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({8})))};
  nn::Linear patches1{register_module("patches1", nn::Linear(4, 6))};
  nn::Linear patches2{register_module("patches2", nn::Linear(6, 4))};
  nn::LayerNorm norm2{register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({8})))};
  nn::Linear channels1{register_module("channels1", nn::Linear(8, 12))};
  nn::Linear channels2{register_module("channels2", nn::Linear(12, 8))};

  Tensor forward(const Tensor& x) {
    const Tensor mixed = patches2(torch::gelu(patches1(norm1(x).transpose(1, 2))));
    const Tensor y = x + mixed.transpose(1, 2);
    return y + channels2(torch::gelu(channels1(norm2(y))));
  }
};

struct Mixer : nn::Module {
  nn::Conv2d patch{register_module("patch", nn::Conv2d(nn::Conv2dOptions(3, 8, 4).stride(4)))};
  std::shared_ptr<MixerBlock> block0{register_module("block0", std::make_shared<MixerBlock>())};
  std::shared_ptr<MixerBlock> block1{register_module("block1", std::make_shared<MixerBlock>())};
  nn::LayerNorm norm{register_module("norm", nn::LayerNorm(nn::LayerNormOptions({8})))};
  nn::Linear output{register_module("output", nn::Linear(8, 5))};

  Tensor forward(const Tensor& image) {
    const Tensor x = patch(image).flatten(2).transpose(1, 2);
    return output(norm(block1->forward(block0->forward(x))).mean(1));
  }
};

/// Scores and boxes at every place of an image; returns those above a threshold.
struct Detector : nn::Module {
  nn::Conv2d features{register_module("features", convolution(3, 8, 3))};
  nn::Conv2d score{register_module("score", convolution(8, 1, 1))};
  nn::Conv2d box{register_module("box", convolution(8, 4, 1))};

  std::tuple<Tensor, Tensor> forward(const Tensor& image) {
    const Tensor x = torch::relu(features(image));
    const Tensor scores = torch::sigmoid(score(x)).flatten();
    const Tensor boxes = box(x).permute({0, 2, 3, 1}).reshape({-1, 4});
    const Tensor found = torch::nonzero(scores > 0.5).squeeze(1);
    return {boxes.index_select(0, found).clamp(0, 1), scores.index_select(0, found)};
  }
};

/// Convolution without a fully connected layer: any image size.
struct Autoencoder : nn::Module {
  nn::Conv2d encode{
      register_module("encode", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).stride(2).padding(1)))};
  nn::ConvTranspose2d decode{register_module(
      "decode", nn::ConvTranspose2d(
                    nn::ConvTranspose2dOptions(4, 3, 3).stride(2).padding(1).output_padding(1)))};
  Tensor forward(const Tensor& image) {
    return torch::sigmoid(decode->forward(torch::relu(encode(image))));
  }
};

struct SqueezeExcite : nn::Module {
  nn::Linear squeeze{register_module("squeeze", nn::Linear(4, 2))};
  nn::Linear excite{register_module("excite", nn::Linear(2, 4))};
  Tensor forward(const Tensor& x) {
    const Tensor scale = torch::sigmoid(excite(torch::relu(squeeze(x.mean({2, 3})))));
    return x * scale.unsqueeze(-1).unsqueeze(-1);
  }
};

/// Depthwise, then pointwise convolution.
struct Separable : nn::Module {
  nn::Conv2d depthwise{register_module(
      "depthwise", nn::Conv2d(nn::Conv2dOptions(4, 4, 3).groups(4).padding(1).bias(false)))};
  nn::BatchNorm2d norm{register_module("norm", nn::BatchNorm2d(4))};
  nn::Conv2d pointwise{register_module("pointwise", convolution(4, 6, 1))};
  Separable() { eval(); }
  Tensor forward(const Tensor& x) { return pointwise(torch::relu6(norm(depthwise(x)))); }
};

}  // namespace

Twins vision_twins() {
  return {
      model<Classifier>("classifier", {normal({batch(2), 3, 8, 8})}, {"image"}),
      model<SmallResNet>("resnet18", {normal({batch(2), 3, 64, 64})}),
      model<UNet>("unet", {normal({batch(2), 1, 16, 24})}, {"image"}),
      model<Mixer>("mlp_mixer", {normal({batch(2), 3, 8, 8})}, {"image"}),
      model<Detector>("detector", {normal({1, 3, 6, 7})}, {"image"}),
      model<Detector>("detector_images", {normal({batch(2), 3, dynamic(6), dynamic(7)})},
                      {"image"}),
      model<Autoencoder>("autoencoder", {normal({batch(2), 3, dynamic(8, 2), dynamic(10, 2)})},
                         {"image"}),
      model<SqueezeExcite>("squeeze_excite", {normal({batch(2), 4, dynamic(5), dynamic(6)})}),
      model<Separable>("separable", {normal({batch(2), 4, dynamic(5), dynamic(6)})}),
  };
}

}  // namespace roundtrip
