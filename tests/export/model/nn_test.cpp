#include <doctest/doctest.h>
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

TEST_CASE("a forward that is a template is given as a lambda") {
  torch::nn::Sequential layers(torch::nn::Linear(3, 4), torch::nn::ReLU());
  Module model =
      make_module(layers, [layers](const Tensor& x) mutable { return layers->forward(x); });
  CHECK(model({at::ones({2, 3})}).tensor().size(1) == 4);
  CHECK(model.state().modules.size() == 3);
}
