#include "bench/models.h"

#include <roundtrip/nn.h>
#include <torch/torch.h>

#include "tests/interop/twins/resnet.h"

namespace roundtrip::bench {
namespace {

namespace nn = torch::nn;
using at::Tensor;

ExportCall call_of(Module module, Tensor input) {
  return {std::move(module), {std::move(input)}, {}, {}};
}

ExportCall linear() {
  return call_of(make_module(nn::Linear(16, 16)), torch::randn({4, 16}));
}

ExportCall encoder12() {
  nn::TransformerEncoder encoder(nn::TransformerEncoderOptions(
      nn::TransformerEncoderLayer(nn::TransformerEncoderLayerOptions(256, 8)), 12));
  encoder->eval();
  Module module =
      make_module(encoder, [encoder](const Tensor& src) mutable { return encoder->forward(src); });
  return call_of(std::move(module), torch::randn({16, 2, 256}));
}

ExportCall resnet18() {
  auto model = std::make_shared<ResNet18>(/*width=*/64);
  model->eval();
  return call_of(make_module(model), torch::randn({1, 3, 224, 224}));
}

nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride,
                       std::int64_t groups = 1) {
  return nn::Conv2d(
      nn::Conv2dOptions(in, out, size).stride(stride).padding(size / 2).groups(groups).bias(false));
}

/// Of ResNet-50: from 1 by 1 over 3 by 3 to 1 by 1, around a shortcut.
struct Bottleneck : nn::Module {
  nn::Sequential body, shortcut;

  Bottleneck(std::int64_t in, std::int64_t inner, std::int64_t stride)
      : body(convolution(in, inner, 1, 1), nn::BatchNorm2d(inner), nn::ReLU(),
             convolution(inner, inner, 3, stride), nn::BatchNorm2d(inner), nn::ReLU(),
             convolution(inner, 4 * inner, 1, 1), nn::BatchNorm2d(4 * inner)) {
    register_module("body", body);
    if (stride != 1 || in != 4 * inner) {
      shortcut->push_back(convolution(in, 4 * inner, 1, stride));
      shortcut->push_back(nn::BatchNorm2d(4 * inner));
    }
    register_module("shortcut", shortcut);
  }
  Tensor forward(const Tensor& x) {
    return torch::relu(body->forward(x) + (shortcut->is_empty() ? x : shortcut->forward(x)));
  }
};

struct ResNet50 : nn::Module {
  nn::Sequential layers;
  nn::Linear output{2048, 1000};

  ResNet50() {
    layers->push_back(convolution(3, 64, 7, 2));
    layers->push_back(nn::BatchNorm2d(64));
    layers->push_back(nn::ReLU());
    layers->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)));
    std::int64_t in = 64;
    const std::vector<std::int64_t> blocks{3, 4, 6, 3};
    for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
      const std::int64_t inner = 64 << stage;
      for (std::int64_t i = 0; i < blocks[stage]; ++i) {
        layers->push_back(Bottleneck(in, inner, stage > 0 && i == 0 ? 2 : 1));
        in = 4 * inner;
      }
    }
    register_module("layers", layers);
    register_module("output", output);
  }
  Tensor forward(const Tensor& x) { return output(layers->forward(x).mean({2, 3})); }
};

ExportCall resnet50() {
  auto model = std::make_shared<ResNet50>();
  model->eval();
  return call_of(make_module(model), torch::randn({1, 3, 224, 224}));
}

/// Of MobileNetV3: wide inside, a convolution of each channel, channels weighed by their means.
struct InvertedResidual : nn::Module {
  nn::Conv2d expand, each, reduce, squeeze, excite;
  nn::BatchNorm2d norm1, norm2, norm3;
  bool has_shortcut;

  InvertedResidual(std::int64_t in, std::int64_t inner, std::int64_t out, std::int64_t stride)
      : expand(convolution(in, inner, 1, 1)),
        each(convolution(inner, inner, 5, stride, inner)),
        reduce(convolution(inner, out, 1, 1)),
        squeeze(nn::Conv2dOptions(inner, inner / 4, 1)),
        excite(nn::Conv2dOptions(inner / 4, inner, 1)),
        norm1(inner),
        norm2(inner),
        norm3(out),
        has_shortcut(stride == 1 && in == out) {
    register_module("expand", expand);
    register_module("each", each);
    register_module("reduce", reduce);
    register_module("squeeze", squeeze);
    register_module("excite", excite);
    register_module("norm1", norm1);
    register_module("norm2", norm2);
    register_module("norm3", norm3);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = torch::hardswish(norm1(expand(x)));
    y = torch::hardswish(norm2(each(y)));
    const Tensor weights = excite(torch::relu(squeeze(torch::adaptive_avg_pool2d(y, {1, 1}))));
    y = norm3(reduce(y * torch::hardsigmoid(weights)));
    return has_shortcut ? x + y : y;
  }
};

struct MobileNet : nn::Module {
  nn::Sequential layers;
  nn::Linear output{96, 1000};

  MobileNet() {
    layers->push_back(convolution(3, 16, 3, 2));
    layers->push_back(nn::BatchNorm2d(16));
    std::int64_t in = 16;
    for (const std::int64_t out : {16, 24, 24, 40, 40, 40, 48, 48, 96, 96, 96}) {
      layers->push_back(InvertedResidual(in, 4 * in, out, in == out ? 1 : 2));
      in = out;
    }
    register_module("layers", layers);
    register_module("output", output);
  }
  Tensor forward(const Tensor& x) { return output(layers->forward(x).mean({2, 3})); }
};

ExportCall mobilenet() {
  auto model = std::make_shared<MobileNet>();
  model->eval();
  return call_of(make_module(model), torch::randn({1, 3, 224, 224}));
}

struct Gpt2Block : nn::Module {
  nn::LayerNorm norm1, norm2;
  nn::Linear qkv, output, up, down;
  std::int64_t heads;

  Gpt2Block(std::int64_t width, std::int64_t heads)
      : norm1(nn::LayerNormOptions({width})),
        norm2(nn::LayerNormOptions({width})),
        qkv(width, 3 * width),
        output(width, width),
        up(width, 4 * width),
        down(4 * width, width),
        heads(heads) {
    register_module("norm1", norm1);
    register_module("norm2", norm2);
    register_module("qkv", qkv);
    register_module("output", output);
    register_module("up", up);
    register_module("down", down);
  }
  Tensor forward(const Tensor& x) {
    const auto batch = x.size(0), length = x.size(1), width = x.size(2);
    const auto split = [&](const Tensor& part) {
      return part.view({batch, length, heads, width / heads}).transpose(1, 2);
    };
    const auto parts = qkv(norm1(x)).split(width, 2);
    const Tensor attended = torch::scaled_dot_product_attention(
        split(parts[0]), split(parts[1]), split(parts[2]), {}, 0.0, /*is_causal=*/true);
    const Tensor y = x + output(attended.transpose(1, 2).reshape({batch, length, width}));
    return y + down(torch::gelu(up(norm2(y)), "tanh"));
  }
};

struct Gpt2 : nn::Module {
  nn::Embedding tokens{50257, 768}, places{1024, 768};
  nn::Sequential blocks;
  nn::LayerNorm norm{nn::LayerNormOptions({768})};

  Gpt2() {
    for (int i = 0; i < 12; ++i) blocks->push_back(Gpt2Block(768, 12));
    register_module("tokens", tokens);
    register_module("places", places);
    register_module("blocks", blocks);
    register_module("norm", norm);
  }
  Tensor forward(const Tensor& ids) {
    const Tensor x = tokens(ids) + places(torch::arange(ids.size(1), torch::kLong));
    return torch::matmul(norm(blocks->forward(x)), tokens->weight.t());
  }
};

ExportCall gpt2() {
  auto model = std::make_shared<Gpt2>();
  model->eval();
  return call_of(make_module(model), torch::randint(50257, {1, 64}));
}

const auto kMeta = torch::TensorOptions(torch::kMeta);

/// A layer of a decoder like Llama's, whose weights are on the meta device.
struct MetaBlock : nn::Module {
  Tensor norm1, norm2, query, key, value, output, gate, up, down;
  std::int64_t heads;

  MetaBlock(std::int64_t width, std::int64_t heads, std::int64_t inner) : heads(heads) {
    const auto add = [&](const char* name, at::IntArrayRef sizes) {
      return register_parameter(name, torch::empty(sizes, kMeta));
    };
    norm1 = add("norm1", {width});
    norm2 = add("norm2", {width});
    query = add("query", {width, width});
    key = add("key", {width, width});
    value = add("value", {width, width});
    output = add("output", {width, width});
    gate = add("gate", {inner, width});
    up = add("up", {inner, width});
    down = add("down", {width, inner});
  }
  static Tensor normalized(const Tensor& x, const Tensor& weight) {
    return x * torch::rsqrt(x.pow(2).mean(-1, true) + 1e-6) * weight;
  }
  Tensor forward(const Tensor& x, const Tensor& cosines, const Tensor& sines) {
    const Tensor y = normalized(x, norm1);
    const auto batch = x.size(0), length = x.size(1), width = x.size(2);
    const auto split = [&](const Tensor& weight) {
      return torch::linear(y, weight).view({batch, length, heads, width / heads}).transpose(1, 2);
    };
    const auto rotated = [&](const Tensor& part) {
      const auto halves = part.chunk(2, -1);
      return part * cosines + torch::cat({-halves[1], halves[0]}, -1) * sines;
    };
    const Tensor attended = torch::scaled_dot_product_attention(
        rotated(split(query)), rotated(split(key)), split(value), {}, 0.0, /*is_causal=*/true);
    const Tensor z =
        x + torch::linear(attended.transpose(1, 2).reshape({batch, length, width}), output);
    const Tensor w = normalized(z, norm2);
    return z + torch::linear(torch::silu(torch::linear(w, gate)) * torch::linear(w, up), down);
  }
};

/// With the sizes of Llama's smallest: 6.7 billion parameters.
struct MetaDecoder : nn::Module {
  Tensor tokens, output, norm;
  std::vector<std::shared_ptr<MetaBlock>> blocks;

  MetaDecoder() {
    tokens = register_parameter("tokens", torch::empty({32000, 4096}, kMeta));
    output = register_parameter("output", torch::empty({32000, 4096}, kMeta));
    norm = register_parameter("norm", torch::empty({4096}, kMeta));
    for (int i = 0; i < 32; ++i) {
      blocks.push_back(register_module("block" + std::to_string(i),
                                       std::make_shared<MetaBlock>(4096, 32, 11008)));
    }
  }
  Tensor forward(const Tensor& ids) {
    Tensor x = torch::embedding(tokens, ids);
    const Tensor frequencies = torch::pow(10000.0, -torch::arange(0, 128, 2, kMeta) / 128.0);
    const Tensor angles = torch::outer(torch::arange(ids.size(1), kMeta), frequencies);
    const Tensor both = torch::cat({angles, angles}, -1);
    for (const auto& block : blocks) x = block->forward(x, both.cos(), both.sin());
    return torch::linear(MetaBlock::normalized(x, norm), output);
  }
};

ExportCall decoder7b() {
  return call_of(make_module(std::make_shared<MetaDecoder>()),
                 torch::empty({1, 64}, kMeta.dtype(torch::kLong)));
}

}  // namespace

const std::map<std::string, std::function<ExportCall()>>& models() {
  static const std::map<std::string, std::function<ExportCall()>> kModels = {
      {"linear", linear},       {"encoder12", encoder12}, {"resnet18", resnet18},
      {"resnet50", resnet50},   {"mobilenet", mobilenet}, {"gpt2", gpt2},
      {"decoder7b", decoder7b},
  };
  return kModels;
}

}  // namespace roundtrip::bench
