#include <roundtrip/module_call.h>

#include <doctest/doctest.h>
#include <roundtrip/nn.h>
#include <torch/torch.h>

#include "export/capture/capture.h"

using at::Tensor;
using namespace roundtrip;

namespace module_calls {

struct Block : torch::nn::Module {
  Block() { register_module("linear", linear); }

  Tensor forward(const Tensor& x) { return roundtrip::call(linear, x).relu(); }

  torch::nn::Linear linear{torch::nn::Linear(4, 4)};
};

struct Leaf : torch::nn::Module {
  Tensor forward(const Tensor& x) { return x.relu(); }
};

struct Model : torch::nn::Module {
  Model() {
    register_module("block", block);
    register_module("layers", layers);
  }

  Tensor forward(const Tensor& x) {
    Tensor y = roundtrip::call(block, x) + 1;
    y = roundtrip::call(layers, y);
    return roundtrip::call(block, y);
  }

  std::shared_ptr<Block> block = std::make_shared<Block>();
  torch::nn::Sequential layers{torch::nn::Linear(4, 4), torch::nn::ReLU()};
};

/// What it calls takes and gives containers and numbers.
struct Named : torch::nn::Module {
  Tensor forward(const std::vector<Tensor>& tensors, double scale,
                 const std::optional<Tensor>& more) {
    return tensors[0] * scale + tensors[1] + (more ? *more : at::zeros({}));
  }
};

struct Caller : torch::nn::Module {
  Caller() { register_module("named", named); }

  Tensor forward(const Tensor& x) {
    if (!calls) return named->forward({x, x}, 2.0, std::nullopt);
    return roundtrip::call(named, std::vector<Tensor>{x, x}, 2.0, std::optional<Tensor>());
  }

  std::shared_ptr<Named> named = std::make_shared<Named>();
  bool calls = true;
};

/// One layer under two names, and twice in a container.
struct Shared : torch::nn::Module {
  Shared() {
    register_module("first", layer);
    register_module("second", layer);
    register_module("layers", layers);
  }

  Tensor forward(const Tensor& x) {
    const Tensor y = roundtrip::call(layers, roundtrip::call_as(called, layer, x));
    return roundtrip::call_as("layers.1", layer, y);
  }

  std::shared_ptr<Leaf> layer = std::make_shared<Leaf>();
  torch::nn::Sequential layers{layer, layer};
  std::string called = "second";
};

}  // namespace module_calls

namespace {

/// A stack for each run of nodes that have the same.
std::vector<std::string> stacks(const Program& program) {
  std::vector<std::string> found;
  for (const Node& node : program.graph_module.graph.nodes()) {
    for (const auto& [key, text] : node.metadata()) {
      if (key != "nn_module_stack") continue;
      if (found.empty() || found.back() != text) found.push_back(text);
    }
  }
  return found;
}

Program capture_caller(ExportOptions options, bool calls = true) {
  auto model = std::make_shared<module_calls::Caller>();
  model->calls = calls;
  return capture_program({make_module(model).arg_names({"x"}), {at::ones({4})}, {}, options});
}

}  // namespace

TEST_CASE("a layer called by roundtrip::call keeps its place in the model") {
  const Program program = capture_program(
      {make_module(std::make_shared<module_calls::Model>()), {at::ones({2, 4})}, {}, {}});
  const std::string root = "L__self__,,module_calls.Model";
  const std::string block = root + ";L__self__block,block,module_calls.Block";
  const std::string linear = ",torch.nn.modules.linear.Linear";
  const std::string layers = root + ";L__self__layers,layers,torch.nn.modules.container.Sequential";
  const std::string again = root + ";L__self__block@1,block,module_calls.Block";
  CHECK(stacks(program) ==
        std::vector<std::string>{
            block + ";L__self__block.linear,block.linear" + linear, block, root,
            layers + ";L__self__layers.0,layers.0" + linear,
            layers + ";L__self__layers.1,layers.1,torch.nn.modules.activation.ReLU",
            again + ";L__self__block.linear@1,block.linear" + linear, again});
}

TEST_CASE("roundtrip::call only calls outside of a capture, and for what is no submodule") {
  torch::nn::Linear linear(4, 4);
  const Tensor x = at::ones({2, 4});
  CHECK(at::equal(roundtrip::call(linear, x), linear(x)));
  CHECK(at::equal(roundtrip::call(*linear, x), linear(x)));
  CHECK(at::equal(roundtrip::call(linear.get(), x), linear(x)));
  Module model([&](const Tensor& input) { return roundtrip::call(linear, input); });
  const Program program = capture_program({model, {x}, {}, {}});
  CHECK(stacks(program) == std::vector<std::string>{"L__self__,,roundtrip.Module"});
}

TEST_CASE("signatures of calls are kept on request") {
  const Program program = capture_caller({.preserve_module_call_signature = {"named"}});
  const auto& calls = program.graph_module.module_call_graph;
  REQUIRE(calls.size() == 2);
  CHECK(calls[1].fqn == "named");
  REQUIRE(calls[1].signature);
  const ModuleCallSignature& signature = *calls[1].signature;
  REQUIRE(signature.inputs.size() == 4);
  CHECK(signature.inputs[0].get<TensorArgument>()->value->name() == "x");
  CHECK(*signature.inputs[2].get<double>() == 2.0);
  CHECK(signature.inputs[3].get<NoneArgument>() != nullptr);
  REQUIRE(signature.outputs.size() == 1);
  CHECK(signature.outputs[0].get<TensorArgument>()->value->name() ==
        program.graph_module.graph.outputs()[0].get<TensorArgument>()->value->name());
  CHECK_FALSE(signature.forward_arg_names);
  CHECK_FALSE(capture_caller({}).graph_module.module_call_graph[1].signature);
}

TEST_CASE("signatures that cannot be kept are refused, or a warning if there was no call") {
  CHECK_THROWS_WITH_AS(capture_caller({.preserve_module_call_signature = {"other"}}),
                       "preserve_module_call_signature names 'other', which is no submodule of "
                       "the model",
                       CaptureError);
  const Program program =
      capture_caller({.preserve_module_call_signature = {"named"}}, /*calls=*/false);
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0] ==
        "preserve_module_call_signature names 'named', but forward did not call that submodule by "
        "roundtrip::call, so the program does not know its signature");
}

TEST_CASE("a layer with several names goes by the one it is called by") {
  auto model = std::make_shared<module_calls::Shared>();
  const ExportCall call{make_module(model), {at::ones({2})}, {}, {}};
  std::vector<std::string> names;
  for (const std::string& stack : stacks(capture_program(call))) {
    const auto entry = stack.substr(stack.rfind(';') + 1);
    names.push_back(entry.substr(0, entry.find(',')));
  }
  CHECK(names == std::vector<std::string>{"L__self__second", "L__self__layers.0",
                                          "L__self__layers.1", "L__self__layers.1@1"});

  CHECK(at::equal(roundtrip::call_as("nowhere", model->layer, at::ones({2})), at::ones({2})));
  model->called = "third";
  CHECK_THROWS_WITH_AS(capture_program(call),
                       "call_as calls a layer as 'third' in '', but the model has it as 'first'",
                       CaptureError);
}
