#include <roundtrip/unflatten.h>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/annotate.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/module_call.h>
#include <roundtrip/nn.h>
#include <torch/torch.h>

#include <algorithm>

using at::Tensor;
using namespace roundtrip;

namespace {

struct Block : torch::nn::Module {
  Block() {
    register_module("linear", linear);
    count = register_buffer("count", at::zeros({1}));
  }

  Tensor forward(const Tensor& x, double scale) {
    count.add_(1);
    return roundtrip::call(linear, x).relu() * scale + count;
  }

  torch::nn::Linear linear{torch::nn::Linear(4, 4)};
  Tensor count;
};

/// A layer with the weight of another one.
struct Tied : torch::nn::Module {
  explicit Tied(const Tensor& shared) : weight(register_parameter("weight", shared)) {}

  Tensor forward(const Tensor& x) { return at::linear(x, weight); }

  Tensor weight;
};

struct Model : torch::nn::Module {
  explicit Model(double second) : second(second) {
    register_module("block", block);
    register_module("head", head);
    register_module("tied", tied);
  }

  Tensor forward(const Tensor& x) {
    const Tensor y = roundtrip::call(block, x, 2.0);
    const Tensor z = roundtrip::call(head, roundtrip::call(block, y, second));
    return roundtrip::call(tied, z) + at::ones({4});
  }

  double second;
  std::shared_ptr<Block> block = std::make_shared<Block>();
  torch::nn::Linear head{torch::nn::Linear(4, 4)};
  std::shared_ptr<Tied> tied = std::make_shared<Tied>(head->weight);
};

ExportedProgram export_model(double second, std::vector<std::string> preserved = {}) {
  torch::manual_seed(0);
  Module module = make_module(std::make_shared<Model>(second)).arg_names({"x"});
  return export_program(module, {at::ones({2, 4})}, {},
                        {.preserve_module_call_signature = std::move(preserved)})
      .clone();
}

std::vector<std::string> names(const UnflattenedModule& module) {
  std::vector<std::string> found;
  for (const auto& [name, part] : module.named_modules()) found.push_back(name);
  return found;
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

TEST_CASE("an unflattened program has the model's modules and gives its results") {
  const ExportedProgram program = export_model(3.0);
  const UnflattenedModule module = unflatten(program);
  CHECK(names(module) == std::vector<std::string>{"", "block", "block.linear", "head", "tied",
                                                  "block@1", "block@1.linear"});
  const Tensor x = at::rand({2, 4});
  const Tensor result = module({x}).tensor();
  CHECK(at::equal(result, program.run({x}).tensor()));
  CHECK(module.submodule("block").type_name().find("Block") != std::string::npos);
  CHECK(module.graph_text().find("call_module[target=block@1]") != std::string::npos);
  CHECK(module.str().find("  (block): InterpreterModule(\n    (linear)") != std::string::npos);
}

TEST_CASE("calls that do the same are one module") {
  CHECK_FALSE(contains(names(unflatten(export_model(2.0, {"block"}))), "block@1"));
}

TEST_CASE("parameters and buffers are copies, and are shared where the program shares them") {
  const ExportedProgram program = export_model(3.0);
  const UnflattenedModule module = unflatten(program);
  const auto parameters = module.named_parameters();
  CHECK(parameters.keys() == std::vector<std::string>{"block.linear.weight", "block.linear.bias",
                                                      "head.weight", "head.bias"});
  const Tensor original = std::get<Tensor>(program.program().weights["head.weight"].data);
  CHECK(at::equal(parameters["head.weight"], original));
  CHECK_FALSE(parameters["head.weight"].is_alias_of(original));
  CHECK(parameters["head.weight"].requires_grad());
  CHECK(module.submodule("tied").named_parameters()["weight"].is_same(parameters["head.weight"]));
  CHECK(module.named_buffers()["block.count"].item<double>() == 0.0);
  module({at::ones({2, 4})});
  CHECK(module.named_buffers()["block.count"].item<double>() == 2.0);
  CHECK(std::get<Tensor>(program.program().weights["block.count"].data).item<double>() == 0.0);
  CHECK(module.named_constants().size() == 0);
}

TEST_CASE("a submodule can be called, and its gradients flow") {
  const UnflattenedModule module = unflatten(export_model(3.0));
  const UnflattenedModule linear = module.submodule("block.linear");
  const auto state = linear.named_parameters();
  const Tensor x = at::rand({2, 4});
  const Tensor y = linear({x}).tensor();
  CHECK(at::allclose(y, at::linear(x, state["weight"], state["bias"])));
  y.sum().backward();
  CHECK(state["weight"].grad().defined());
  CHECK_THROWS_WITH_AS(linear({x, x}), "the module takes 1 arguments, but got 2", InputError);
}

TEST_CASE("a submodule is swapped for a callable") {
  UnflattenedModule module = unflatten(export_model(3.0));
  module.set_submodule("block.linear", Module([](const Tensor& x) { return x * 10; }));
  module.set_submodule("head", Module([](const Tensor& x) { return x; }));
  module.set_submodule("tied", Module([](const Tensor& x) { return x; }));
  // relu(10) * 2 + 1 = 21, relu(210) * 3 + 2 = 632, + 1
  CHECK(module({at::ones({2, 4})}).tensor()[0][0].item<double>() == 633.0);
  module.set_submodule("head", Module([](const Tensor& x) { return std::pair(x, x); }));
  CHECK_THROWS_AS(module({at::ones({2, 4})}), ExecutionError);
  CHECK_THROWS_WITH_AS(module.set_submodule("none", Module([](const Tensor& x) { return x; })),
                       "there is no submodule 'none' to replace", Error);
}

TEST_CASE("a module with a preserved signature keeps the model's arguments") {
  const ExportedProgram program = export_model(3.0, {"block"});
  UnflattenedModule module = unflatten(program);
  CHECK_FALSE(contains(names(module), "block@1"));
  const Tensor x = at::rand({2, 4});
  CHECK(at::equal(module({x}).tensor(), program.clone().run({x}).tensor()));
  std::vector<double> scales;
  module.set_submodule("block", Module([&](const Tensor& y, double scale) {
                         scales.push_back(scale);
                         return y;
                       }));
  module({x});
  CHECK(scales == std::vector<double>{2.0, 3.0});
  module.set_submodule("block", Module([](const Tensor& y, double) { return std::pair(y, y); }));
  CHECK_THROWS_AS(module({x}), ExecutionError);
}

TEST_CASE("inputs are checked as those of the program") {
  const UnflattenedModule module = unflatten(export_model(3.0));
  CHECK_THROWS_AS(module({at::ones({3, 4})}), InputError);
  CHECK_THROWS_AS(module({}), InputError);
}

TEST_CASE("annotations that a module's nodes have in common are those of its call") {
  struct Leaf : torch::nn::Module {
    explicit Leaf(bool differs) : differs(differs) {}
    Tensor forward(const Tensor& x) {
      const Tensor y = x.sin();
      if (!differs) return y.cos();
      const Annotate inner{{"inner", 1}};
      return y.cos();
    }
    bool differs;
  };
  struct Caller : torch::nn::Module {
    std::shared_ptr<Leaf> same = register_module("same", std::make_shared<Leaf>(false));
    std::shared_ptr<Leaf> differs = register_module("differs", std::make_shared<Leaf>(true));
    Tensor forward(const Tensor& x) {
      const Annotate outer{{"outer", 1}};
      return roundtrip::call(differs, roundtrip::call(same, x));
    }
  };
  const auto modules = unflatten(
      export_program(make_module(std::make_shared<Caller>()).arg_names({"x"}), {at::ones({2})}));
  const auto annotations = [](const UnflattenedModule& module) {
    std::string found;
    for (const Node& node : module.graph()->nodes()) {
      for (const auto& [key, text] : node.metadata()) {
        if (key == "custom") found += text;
      }
      found += ";";
    }
    return found;
  };
  CHECK(annotations(modules) == R"({"outer": 1};;)");
  CHECK(annotations(modules.submodule("same")) == ";;");
  CHECK(annotations(modules.submodule("differs")) == R"({"outer": 1};{"outer": 1, "inner": 1};)");
}

TEST_CASE("what cannot be unflattened is refused") {
  ExportedProgram program = export_model(3.0);
  const auto set_metadata = [&](const Metadata& metadata) {
    program.edit([&](Program& p) { p.graph_module.graph.nodes()[1].metadata() = metadata; });
  };
  set_metadata({});
  CHECK_THROWS_AS(unflatten(program), UnsupportedError);
  set_metadata({{"nn_module_stack", "L__self__,,M;L__self__a,a,A;L__self__ab,ab,B"}});
  CHECK_THROWS_WITH_AS(unflatten(program),
                       "the module 'ab' is called by 'a' but is not below it in the model; make "
                       "it a submodule of its caller",
                       UnsupportedError);
}

TEST_CASE("nodes of a call that lie apart from the others are nodes of its caller") {
  const Module model([](const Tensor& x) { return ((x + 1) * 2).relu() - x; });
  ExportedProgram program = export_program(model, {at::ones({2})});
  const std::string root = "L__self__,,M", block = root + ";L__self__a,a,A";
  program.edit([&](Program& p) {
    auto nodes = p.graph_module.graph.nodes();
    for (int i = 0; i < 4; ++i) {
      nodes[i].metadata() = {{"nn_module_stack", i == 2 ? root : block}};
    }
  });
  const UnflattenedModule modules = unflatten(program);
  CHECK(modules.submodule("a").graph()->num_nodes() == 2);
  CHECK(at::equal(modules({at::ones({2})}).tensor(), at::full({2}, 3.0)));
}

TEST_CASE("modules are a model that can be exported again") {
  const Values inputs{at::ones({2, 4})};
  const ExportOptions options{.preserve_module_call_signature = {"block"}};
  const auto model = std::make_shared<Model>(3.0);
  const Value expected = make_module(std::make_shared<Model>(*model))(inputs);
  const auto program = export_program(make_module(model).arg_names({"x"}), inputs, {}, options);
  const auto again = export_program(unflatten(program).module(), inputs, {}, options);

  const auto weights = [](const ExportedProgram& program) {
    auto keys = program.program().weights.keys();
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  CHECK(weights(again) == weights(program));
  const auto& calls = again.program().graph_module.module_call_graph;
  const auto is_second = [](const ModuleCallEntry& entry) { return entry.fqn == "block@1"; };
  const auto second = std::find_if(calls.begin(), calls.end(), is_second);
  REQUIRE(second != calls.end());
  CHECK(second->signature.has_value());
  UnflattenedModule modules = unflatten(again);
  CHECK(modules.submodule("block.linear").graph() != nullptr);
  CHECK(bitwise_equal(modules(inputs), program.clone().run(inputs)));
}
