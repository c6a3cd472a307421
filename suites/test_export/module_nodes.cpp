// What nodes know of the modules and functions that they came from.
#include <roundtrip/decompositions.h>
#include <roundtrip/module_call.h>
#include <torch/nn/modules/linear.h>

#include "suites/test_export/dynamic.h"
#include "suites/test_export/node_metadata.h"
#include "suites/test_export/unflatten.h"

namespace roundtrip {

namespace {

using StackedLayer = torch::nn::Module;

struct NodesLeaf : StackedLayer {
  torch::nn::Linear linear = register_module("linear", torch::nn::Linear(4, 4));
  Tensor forward(const Tensor& x) { return call(linear, x); }
};

struct NodesBar : StackedLayer {
  std::shared_ptr<NodesLeaf> leaf = register_module("leaf", std::make_shared<NodesLeaf>());
  Tensor buffer = register_buffer("buffer", at::randn({4, 4}));
  Tensor forward(const Tensor& x) { return buffer.sum() + call(leaf, x).sum(); }
};

struct HoldsNodesBar : StackedLayer {
  std::shared_ptr<NodesBar> bar = register_module("bar", std::make_shared<NodesBar>());
  std::tuple<Tensor> forward(const Tensor& x) {
    const Tensor y = bar->buffer + x;
    return {call(bar, x) + y.sum()};
  }
};

}  // namespace

TEST(TestExport, test_nn_module_stack) {
  const Values inputs{at::randn({4, 4})};
  const Module model = module_of<HoldsNodesBar>();
  const auto exported = [&](bool is_strict) {
    return t.export_program(model, inputs, {}, strict(is_strict)).run_decompositions();
  };
  const ExportedProgram strict_program = exported(true), program = exported(false);
  const UnflattenedModule modules = unflatten(program);
  CHECK(modules.submodule("bar").named_buffers().contains("buffer"));
  CHECK(allclose(modules(inputs), unflatten(strict_program)(inputs)));
  CHECK(modules.submodule("bar.leaf.linear").graph_text() == R"(graph():
    %x : [num_users=1] = placeholder[target=x]
    %weight : [num_users=1] = get_attr[target=weight]
    %bias : [num_users=1] = get_attr[target=bias]
    %permute : [num_users=1] = call_function[target=torch.ops.aten.permute.default](args = (%weight, [1, 0]), kwargs = {})
    %addmm : [num_users=1] = call_function[target=torch.ops.aten.addmm.default](args = (%bias, %x, %permute), kwargs = {})
    return addmm
)");
  CHECK(allclose(program.module()(inputs), strict_program.module()(inputs)));
}

// In C++ a layer's parameter is the tensor that it was made of; Python's is an alias of
// it, which the nodes `detach` make.
TEST(TestExport, test_nested_module_with_parameter,
     xfail_under({"decompose"}, "it names the nodes as they are before ones is taken apart")) {
  struct M1 : StackedLayer {
    Tensor a = register_parameter("a", at::ones({3, 3}));
    Tensor b = register_parameter("b", at::tensor(5.0, at::kFloat));
    Tensor forward(const Tensor& x) { return x + a * b; }
  };
  struct M2 : StackedLayer {
    Tensor forward(const Tensor& x) { return call(std::make_shared<M1>(), x) * x; }
  };
  const Values inputs{at::randn({3, 3})};
  const Value eager = module_of<M2>()(inputs);
  auto program = t.export_program(module_of<M2>(), inputs, {}, strict(false))
                     .run_decompositions(DecompositionTable());
  CHECK(allclose(program.run(inputs), eager));
  CHECK(weight_names(program).empty());
  CHECK(constant_names(program) == "lifted_tensor_0");
  CHECK(input_names(program) == "c_lifted_tensor_0, x");
  CHECK(node_names(program) == "ones, clone, mul, add, mul_1");
  CHECK(allclose(unflatten(program)(inputs), eager));
}

namespace {

/// Of each node, what the program keeps of the call that it came from.
std::vector<std::string> functions_of(const ExportedProgram& program) {
  std::vector<std::string> functions;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    functions.push_back(metadata(node, "torch_fn"));
  }
  return functions;
}

}  // namespace

// Upstream's models call functions of torch and methods of tensors, which Python names:
// "linear_1", "builtin_function_or_method.linear". In C++ at::linear is the operator itself; the
// names are Python's for models that call torch.ops.aten.linear.default in its place.
TEST(TestExport, test_torch_fn) {
  using Functions = std::vector<std::string>;
  const std::string first = "linear.default_1;OpOverload.linear.default";
  const std::string second = "linear.default_2;OpOverload.linear.default";
  const std::string relu = "relu.default_1;OpOverload.relu.default";
  const std::string add = "add.Tensor_1;OpOverload.add.Tensor";
  struct M1 : StackedLayer {
    Tensor weight = register_parameter("weight", at::randn({3, 3}));
    Tensor bias = register_parameter("bias", at::randn({3}));
    Tensor forward(const Tensor& input) {
      const Tensor x = at::linear(at::linear(input, weight, bias), weight, bias).relu();
      return x + x;
    }
  };
  auto program = t.export_program(module_of<M1>(), {at::randn({3, 3})}).run_decompositions();
  CHECK(functions_of(program) == Functions{first, first, second, second, relu, add});

  Module functional([](const Tensor& input, const Tensor& weight, const Tensor& bias) {
    const Tensor x = at::linear(input, weight, bias).relu();
    return at::add(x, x);
  });
  program = t.export_program(functional, {at::randn({3, 3}), at::randn({3, 3}), at::randn({3})})
                .run_decompositions();
  CHECK(functions_of(program) == Functions{first, first, relu, add});
}

}  // namespace roundtrip
