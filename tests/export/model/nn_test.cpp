#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/nn.h>
#include <torch/torch.h>

using at::Tensor;
using namespace roundtrip;

TEST_CASE("a torch::nn model brings its state and its forward") {
  torch::nn::BatchNorm1d norm(3);
  Module model = make_module(norm);
  const Tensor input = at::randn({4, 3});
  CHECK(model({input}).tensor().sizes() == input.sizes());
  const ModuleState state = model.state();
  CHECK(state.parameters.keys() == std::vector<std::string>{"weight", "bias"});
  CHECK(state.buffers.keys() ==
        std::vector<std::string>{"running_mean", "running_var", "num_batches_tracked"});
  CHECK(state.parameters["weight"].is_same(norm->weight));
}

namespace {

struct Net : torch::nn::Module {
  Net() { register_module("fc", fc); }
  Tensor forward(const Tensor& x, double scale = 2, const Tensor& shift = {}) noexcept {
    const Tensor y = fc(x) * scale;
    return shift.defined() ? y + shift : y;
  }
  Tensor encode(const Tensor& x) const { return x + fc->bias.sum(); }
  torch::nn::Linear fc{torch::nn::Linear(3, 3)};
};

const Tensor& example() {
  static const Tensor x = at::randn({2, 3});
  return x;
}

/// What `module` gives for the example, and the program exported of it.
Tensor result(const Module& module) {
  const Tensor y = module({example()}).tensor();
  const auto program = export_program(module, example());
  CHECK(at::equal(program.run({example()}).tensor(), y));
  return y;
}

}  // namespace

TEST_CASE("a model is shared, given away, moved or borrowed") {
  const auto shared = std::make_shared<Net>();
  const Tensor y = shared->forward(example());
  CHECK(at::equal(result(make_module(shared)), y));
  CHECK(at::equal(result(make_module(*shared)), y));
  CHECK(at::equal(result(make_module(Net(*shared))), y));
  CHECK(at::equal(result(make_module(std::make_unique<Net>(*shared))), y));
  Net on_stack(*shared);
  const Module borrowed = make_module(on_stack);
  CHECK(at::equal(result(borrowed), y));
  const ModuleState state = borrowed.state();
  CHECK(state.parameters.keys() == std::vector<std::string>{"fc.weight", "fc.bias"});
  CHECK(state.modules.size() == 2);
  CHECK(state.modules[0].object == &on_stack);
  CHECK(state.modules[1].name == "fc");
  CHECK_THROWS_WITH_AS(make_module(std::shared_ptr<Net>()),
                       "make_module: there is no model, the pointer is null", Error);
}

TEST_CASE("default values of forward hold, another method takes its place") {
  const auto net = std::make_shared<Net>();
  const Module model = make_module(net).arg_names({"x", "scale", "shift"});
  const Tensor y = net->forward(example());
  CHECK(at::equal(model({example()}).tensor(), y));
  CHECK(at::equal(model({example(), 3.0}).tensor(), net->forward(example(), 3)));
  CHECK(at::equal(model({example()}, {{"scale", 2.0}, {"shift", y}}).tensor(), y + y));
  CHECK_THROWS_AS(model({example()}, {{"shift", y}}), InputError);
  CHECK(at::equal(result(make_module(net, &Net::encode)), net->encode(example())));
  CHECK(at::equal(result(make_module(std::make_unique<Net>(*net), &Net::encode)),
                  net->encode(example())));
}

TEST_CASE("a sequential is called layer by layer, and its layers are known to the program") {
  torch::nn::Sequential layers(torch::nn::Linear(3, 4), torch::nn::ReLU(), torch::nn::ReLU());
  const Module model = make_module(layers);
  CHECK(at::equal(result(model), layers->forward(example())));
  CHECK(at::equal(result(make_module(layers.ptr())), layers->forward(example())));
  CHECK(model.state().modules.size() == 4);
  const auto program = export_program(model, example(), {}, {.strict = true});
  std::vector<std::string> stacks;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    for (const auto& [key, text] : node.metadata()) {
      if (key == "nn_module_stack") stacks.push_back(text.substr(text.find(';')));
    }
  }
  REQUIRE(stacks.size() >= 3);
  CHECK(stacks.front() == ";L__self__0,0,torch.nn.modules.linear.Linear");
  CHECK(stacks[stacks.size() - 2] == ";L__self__1,1,torch.nn.modules.activation.ReLU");
  CHECK(stacks.back() == ";L__self__2,2,torch.nn.modules.activation.ReLU");
  CHECK_THROWS_WITH_AS(make_module(torch::nn::Sequential())({example()}),
                       "make_module: a Sequential without layers has no forward", Error);
  CHECK_THROWS_AS(model({example()}, {{"x", 1}}), InputError);
}

TEST_CASE("layers whose types are not known take and give what LibTorch's do") {
  torch::nn::Linear linear(3, 4);
  CHECK(at::equal(result(make_module(torch::nn::AnyModule(linear))), linear(example())));
  torch::nn::GRU gru(torch::nn::GRUOptions(3, 4));
  const Module any = make_module(torch::nn::AnyModule(gru));
  const Tensor sequence = at::randn({2, 5, 3});
  CHECK(at::equal(any({sequence})[0].tensor(), std::get<0>(gru(sequence))));
  CHECK(any({sequence}).type_name() == "tuple");
  CHECK_THROWS_AS(any({sequence, 1}), c10::Error);
  CHECK_THROWS_AS(any({Value::list({sequence})}), UnsupportedError);
  CHECK_THROWS_AS(make_module(torch::nn::AnyModule()), c10::Error);
  torch::nn::Sequential ends_in_a_tuple(linear, torch::nn::GRU(torch::nn::GRUOptions(4, 4)));
  CHECK(make_module(ends_in_a_tuple)({sequence}).size() == 2);
}

TEST_CASE("a forward that is a template is given as a lambda") {
  torch::nn::Sequential layers(torch::nn::Linear(3, 4), torch::nn::ReLU());
  Module model =
      make_module(layers, [layers](const Tensor& x) mutable { return layers->forward(x); });
  CHECK(model({at::ones({2, 3})}).tensor().size(1) == 4);
  CHECK(model.state().modules.size() == 3);
}
