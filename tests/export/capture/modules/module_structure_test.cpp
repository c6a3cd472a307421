#include <doctest/doctest.h>
#include <roundtrip/module_call.h>
#include <roundtrip/nn.h>
#include <roundtrip/unflatten.h>
#include <torch/torch.h>

#include "export/capture/capture.h"

using at::Tensor;
using namespace roundtrip;

/// Modules of models that call their layers as C++ models do. Their forwards are functions of their
/// own, so that they are seen without debug information.
namespace structure {

namespace nn = torch::nn;

struct Block : nn::Module {
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    return torch::relu(norm(conv(torch::relu(x))) + x);
  }
  nn::Conv2d conv = register_module("conv", nn::Conv2d(nn::Conv2dOptions(2, 2, 3).padding(1)));
  nn::BatchNorm2d norm = register_module("norm", nn::BatchNorm2d(2));
};

struct Blocks : nn::Module {
  Blocks() {
    for (int i = 0; i < 3; ++i) blocks->push_back(std::make_shared<Block>());
  }
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    Tensor y = x * 2;
    for (const auto& block : *blocks) y = block->as<Block>()->forward(y);
    return y + 1;
  }
  nn::ModuleList blocks = register_module("blocks", nn::ModuleList());
};

/// The values that blocks pass on live on.
struct Skips : nn::Module {
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    std::vector<Tensor> values{x};
    for (const auto& block : {first, second}) values.push_back(block->forward(values.back()));
    return values[1] + values[2];
  }
  std::shared_ptr<Block> first = register_module("first", std::make_shared<Block>());
  std::shared_ptr<Block> second = register_module("second", std::make_shared<Block>());
};

/// Called from two places, a Sequential's forward, which is a template, stays a function.
struct Layers : nn::Module {
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    const Tensor y = layers->forward(x);
    return layers->forward(y);
  }
  nn::Sequential layers = register_module(
      "layers",
      nn::Sequential(nn::Linear(4, 4), nn::ReLU(), nn::Dropout(), nn::Linear(4, 4), nn::ReLU()));
};

/// A Sequential whose forward is a part of the model's.
struct InlinedLayers : nn::Module {
  [[gnu::noinline]] Tensor forward(const Tensor& x) { return head->forward(x, 2.0).sin(); }
  struct Scale : nn::Module {
    [[gnu::noinline]] Tensor forward(const Tensor& x, double factor) { return x * factor + shift; }
    Tensor shift = register_parameter("shift", at::ones({4}));
  };
  nn::Sequential head =
      register_module("head", nn::Sequential(Scale(), nn::ReLU(), nn::Tanh(), nn::ReLU()));
};

/// A layer that is called three times, once by its weight.
struct Repeated : nn::Module {
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    const Tensor y = layer(act(layer(x)));
    return at::matmul(y, layer->weight.t()) + act(y);
  }
  nn::Linear layer = register_module("layer", nn::Linear(4, 4));
  nn::ReLU act = register_module("act", nn::ReLU());
};

/// Two layers with one weight.
struct Tied : nn::Module {
  struct Product : nn::Module {
    explicit Product(const Tensor& shared) { weight = register_parameter("weight", shared); }
    [[gnu::noinline]] Tensor forward(const Tensor& x) { return at::matmul(x, weight); }
    Tensor weight;
  };
  [[gnu::noinline]] Tensor forward(const Tensor& x) { return out->forward(in->forward(x)); }
  Tensor shared = at::randn({4, 4});
  std::shared_ptr<Product> in = register_module("inner", std::make_shared<Product>(shared));
  std::shared_ptr<Product> out = register_module("outer", std::make_shared<Product>(shared));
};

/// Explicit calls within calls that are seen.
struct Mixed : nn::Module {
  struct Inner : nn::Module {
    [[gnu::noinline]] Tensor forward(const Tensor& x) {
      return roundtrip::call(linear, x.relu()) + x;
    }
    nn::Linear linear = register_module("linear", nn::Linear(4, 4));
  };
  [[gnu::noinline]] Tensor forward(const Tensor& x) {
    return inner->forward(roundtrip::call(inner, x)).sin();
  }
  std::shared_ptr<Inner> inner = register_module("inner", std::make_shared<Inner>());
};

}  // namespace structure

namespace {

std::string entry_of(const std::string& stack) {
  std::string keys;
  std::istringstream entries(stack);
  for (std::string entry; std::getline(entries, entry, ';');) {
    const std::string key = entry.substr(0, entry.find(','));
    keys += (keys.empty() ? "" : " ") + (key == "L__self__" ? "-" : key.substr(9));
  }
  return keys;
}

/// `operator: modules` for each node.
std::vector<std::string> placed(const Program& program) {
  std::vector<std::string> lines;
  for (const Node& node : program.graph_module.graph.nodes()) {
    for (const auto& [key, text] : node.metadata()) {
      if (key != "nn_module_stack") continue;
      const std::string name = node.target().substr(std::string("torch.ops.aten.").size());
      lines.push_back(name.substr(0, name.find('.')) + ": " + entry_of(text));
    }
  }
  return lines;
}

template <typename M>
Program captured(std::shared_ptr<M> model, const Tensor& x, ExportOptions options = {}) {
  return capture_program({make_module(std::move(model)).arg_names({"x"}), {x}, {}, options});
}

using Lines = std::vector<std::string>;

/// Modules made of the program compute what it does.
template <typename M>
void check_unflattened(std::shared_ptr<M> model, const Tensor& x) {
  model->eval();
  const ExportedProgram program = export_program(make_module(model).arg_names({"x"}), {x}, {}, {});
  CHECK(at::equal(unflatten(program)({x}).tensor(), model->forward(x)));
}

}  // namespace

TEST_CASE("nodes of a block in a loop are in the block, also where it uses no parameter") {
  Lines expected{"mul: -"};
  for (const std::string name : {"blocks.0", "blocks.1", "blocks.2"}) {
    const std::string block = "- " + name;
    for (const std::string& line :
         {"relu: " + block, "conv2d: " + block + " " + name + ".conv",
          "batch_norm: " + block + " " + name + ".norm", "add: " + block, "relu: " + block}) {
      expected.push_back(line);
    }
  }
  expected.push_back("add: -");
  auto model = std::make_shared<structure::Blocks>();
  model->eval();
  const Tensor x = at::randn({1, 2, 4, 4});
  CHECK(placed(captured(model, x)) == expected);
  CHECK(placed(captured(model, x, {.strict = true})) == expected);
  check_unflattened(model, x);
}

TEST_CASE("where one of two modules may be meant a node belongs to who calls them") {
  auto model = std::make_shared<structure::Skips>();
  model->eval();
  const Tensor x = at::randn({1, 2, 4, 4});
  CHECK(placed(captured(model, x)) ==
        Lines{"relu: - first", "conv2d: - first first.conv", "batch_norm: - first first.norm",
              "add: -", "relu: -", "relu: -", "conv2d: - second second.conv",
              "batch_norm: - second second.norm", "add: - second", "relu: - second", "add: -"});
  check_unflattened(model, x);
}

TEST_CASE("a layer without parameters is known in a Sequential by its place") {
  auto model = std::make_shared<structure::Layers>();
  const Program program = captured(model, at::randn({2, 4}));
  Lines without_parameters;
  for (const std::string& line : placed(program)) {
    const std::string name = line.substr(0, line.find(':'));
    if (name == "relu" || name == "dropout") {
      without_parameters.push_back(name + line.substr(line.rfind(' ')));
    }
  }
  CHECK(without_parameters == Lines{"relu layers.1", "dropout layers.2", "relu layers.4",
                                    "relu layers.1@1", "dropout layers.2@1", "relu layers.4@1"});
  check_unflattened(model, at::randn({2, 4}));
}

TEST_CASE("a Sequential is found also where its forward is a part of the model's") {
  auto model = std::make_shared<structure::InlinedLayers>();
  CHECK(placed(captured(model, at::randn({2, 4}))) ==
        Lines{"mul: - head head.0", "add: - head head.0", "relu: - head head.1",
              "tanh: - head head.2", "relu: - head head.3", "sin: -"});
  check_unflattened(model, at::randn({2, 4}));
}

TEST_CASE("later calls of a module are counted; using a layer's weight is no call") {
  auto model = std::make_shared<structure::Repeated>();
  Lines lines = placed(captured(model, at::randn({2, 4})));
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("t:"); });
  CHECK(std::count(lines.begin(), lines.end(), "relu: - act") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "relu: - act@1") == 1);
  CHECK(lines.front().ends_with(": - layer"));
  CHECK(std::any_of(lines.begin(), lines.end(),
                    [](const std::string& line) { return line.ends_with(": - layer@1"); }));
  CHECK(std::find(lines.begin(), lines.end(), "matmul: -") != lines.end());
  check_unflattened(model, at::randn({2, 4}));
}

TEST_CASE("a weight that two modules have names neither") {
  auto model = std::make_shared<structure::Tied>();
  for (const std::string& line : placed(captured(model, at::randn({2, 4})))) {
    CHECK(line.ends_with(": -"));
  }
  check_unflattened(model, at::randn({2, 4}));
}

TEST_CASE("calls by roundtrip::call and those that are seen stand within each other") {
  auto model = std::make_shared<structure::Mixed>();
  Lines lines = placed(captured(model, at::randn({2, 4})));
  CHECK(lines.front() == "relu: - inner");
  CHECK(lines.back() == "sin: -");
  CHECK(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.ends_with(": - inner@1 inner.linear@1");
  }));
  CHECK(std::count(lines.begin(), lines.end(), "relu: - inner@1") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "add: - inner") == 1);
  check_unflattened(model, at::randn({2, 4}));
}

TEST_CASE("attention's projections are in the attention, which calls no layer for them") {
  torch::nn::TransformerEncoder encoder(torch::nn::TransformerEncoderOptions(
      torch::nn::TransformerEncoderLayer(
          torch::nn::TransformerEncoderLayerOptions(4, 2).dim_feedforward(8)),
      2));
  encoder->eval();
  const Module model =
      make_module(encoder, [encoder](const Tensor& x) mutable { return encoder->forward(x); });
  const Lines lines = placed(capture_program({model, {at::randn({3, 1, 4})}, {}, {}}));
  for (const std::string& line : lines) {
    CHECK(line.find("out_proj") == std::string::npos);
    CHECK(line.find("- layers.") != std::string::npos);
  }
  for (const char* line : {"layer_norm: - layers.1 layers.1.norm2",
                           "bmm: - layers.1 layers.1.self_attn", "add: - layers.0"}) {
    CHECK(std::find(lines.begin(), lines.end(), line) != lines.end());
  }
}

TEST_CASE("without stacks nodes are where roundtrip::call says") {
  auto model = std::make_shared<structure::Blocks>();
  const Program program = captured(model, at::randn({1, 2, 4, 4}), {.stack_traces = false});
  for (const std::string& line : placed(program)) CHECK(line.ends_with(": -"));
}
