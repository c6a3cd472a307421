// A suite whose tests call one operator or another, and transformations that are wrong for one.
#include <ATen/ATen.h>
#include <roundtrip/suite.h>

#include <csignal>

using namespace roundtrip;

namespace {

constexpr const char* kOperator = "torch.ops.aten.relu.default";

bool has_operator(const Graph& graph, bool in_subgraphs_only = false) {
  for (const Node& node : graph.nodes()) {
    if (node.target() == kOperator && !in_subgraphs_only) return true;
    for (const GraphArgument* subgraph : node.subgraphs()) {
      if (has_operator(*subgraph->graph)) return true;
    }
  }
  return false;
}

bool has_operator(const ExportedProgram& program) {
  return has_operator(program.program().graph_module.graph);
}

void replace_operator(Graph& graph) {
  for (Node& node : graph.nodes()) {
    if (node.target() == kOperator) node.set_target("torch.ops.aten.neg.default");
    for (GraphArgument* subgraph : node.subgraphs()) replace_operator(*subgraph->graph);
  }
}

}  // namespace

class WrongRelu final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    ExportedProgram program = next(std::move(call)).clone();
    program.edit([](Program& edited) { replace_operator(edited.graph_module.graph); });
    return program;
  }
};

class ThrowsOnRelu final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    ExportedProgram program = next(std::move(call));
    if (has_operator(program)) throw UnsupportedError("relu is too much for it");
    return program;
  }
};

class ThrowsOnInnerRelu final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    ExportedProgram program = next(std::move(call));
    if (has_operator(program.program().graph_module.graph, /*in_subgraphs_only=*/true)) {
      throw UnsupportedError("relu in control flow is too much for it");
    }
    return program;
  }
};

class CrashesOnRelu final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    ExportedProgram program = next(std::move(call));
    if (has_operator(program)) std::raise(SIGSEGV);
    return program;
  }
};

ROUNDTRIP_PLUGIN("faulty_suite", "1.0", "What is wrong for one operator");
ROUNDTRIP_TRANSFORM(WrongRelu, "wrong_relu", "Takes relu for neg");
ROUNDTRIP_TRANSFORM(ThrowsOnRelu, "throws_on_relu", "Refuses relu");
ROUNDTRIP_TRANSFORM(ThrowsOnInnerRelu, "throws_on_inner_relu", "Refuses relu in control flow");
ROUNDTRIP_TRANSFORM(CrashesOnRelu, "crashes_on_relu", "Crashes on relu");

class Faulty : public Fixture {
 public:
  void check(TestContext& t, const Module& model) {
    const Values inputs{at::tensor({-1.0f, 2.0f})};
    const auto program = t.export_program(model, inputs);
    CHECK(at::equal(program.run(inputs).tensor(), model(inputs).tensor()));
  }
};
ROUNDTRIP_SUITE(Faulty, "Tests that call relu, and one that does not");

TEST(Faulty, test_relu) {
  check(t, Module([](const at::Tensor& x) { return (x * 2).relu() + 1; }));
}

TEST(Faulty, test_add) {
  check(t, Module([](const at::Tensor& x) { return x + 1; }));
}

TEST(Faulty, test_fails_without_export) {
  FAIL("before anything is exported");
}

TEST(Faulty, test_model_throws) {
  check(t, Module([](const at::Tensor& x) -> at::Tensor {
          throw Error("the model does not like its input");
          return x;
        }));
}
