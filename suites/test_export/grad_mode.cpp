// Regions with gradients on and off, and with autocast.
#include <ATen/core/grad_mode.h>
#include <roundtrip/modes.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

constexpr const char* kSetGrad = "torch.ops.higher_order.wrap_with_set_grad_enabled";

/// The graphs that run under a gradient mode of their own.
std::vector<const Graph*> grad_regions(const ExportedProgram& program) {
  std::vector<const Graph*> regions;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    if (node.target() != kSetGrad) continue;
    for (const NamedArgument& input : node.inputs()) {
      if (const auto* graph = input.arg.get<GraphArgument>()) regions.push_back(&*graph->graph);
    }
  }
  return regions;
}

}  // namespace

TEST(TestExport, test_export_with_set_grad_enabled,
     xfail("training_ir_to_run_decomp", {.reason = "regions of gradient modes are dissolved"}),
     xfail("training_ir_to_run_decomp_non_strict",
           {.reason = "regions of gradient modes are dissolved"}),
     xfail("decompose", {.reason = "regions of gradient modes are dissolved"})) {
  Tensor weight = parameter(at::randn({4, 4}));
  Tensor bias = parameter(at::randn({4}));
  Module model(
      [=](const Tensor& x) {
        at::NoGradGuard no_grad;
        return at::linear(x, weight, bias);
      },
      state({{"linear.weight", weight}, {"linear.bias", bias}}));
  auto program = t.export_program(model, {at::randn({4, 4})});
  CHECK(grad_regions(program).size() == 1);
}

TEST(TestExport, test_set_grad_empty) {
  Module model([](const Tensor& x) {
    at::NoGradGuard no_grad;
    return std::tuple(x + 1, Value());
  });
  auto program = t.export_program(model, {at::ones({3, 3})});
  Tensor input = at::randn({3, 3});
  Value output = program.run({input});
  CHECK(allclose(output[0], input + 1));
  CHECK(output[1].is_none());
}

TEST(TestExport, test_set_grad_as_side_effect) {
  Module model([](const Tensor& x) {
    at::GradMode::set_enabled(false);
    return x.sum();
  });
  bool before = at::GradMode::is_enabled();
  t.export_program(model, {at::randn({4, 4})});
  CHECK(at::GradMode::is_enabled() == before);
}

TEST(TestExport, test_setgrad_lifted_tensor) {
  Module model([](const Tensor& x, const Tensor& y) {
    Tensor z;
    {
      at::AutoGradMode enable_grad(true);
      z = at::scalar_tensor(4, at::kLong) + x + y;
    }
    return z * z;
  });
  Values inputs{at::randn({4}), at::randn({4})};
  auto export_without_grad = [&] {
    at::NoGradGuard no_grad;
    return t.export_program(model, inputs);
  };
  CHECK(allclose(export_without_grad().run(inputs), model(inputs)));
}

// Upstream calls torch.export.export here, which no transformation replaces.
TEST(TestExport, test_predispatch_grad_wrappers) {
  Module model([](const Tensor& x, const Tensor& y) {
    Tensor result;
    {
      at::AutoGradMode enable_grad(true);
      result = x - y;
    }
    {
      at::NoGradGuard no_grad;
      result = result + y;
    }
    return result;
  });
  Values inputs{at::scalar_tensor(10, at::kLong), at::scalar_tensor(12, at::kLong)};

  // Exported with gradients off, only the subtraction needs a region of its own.
  {
    at::NoGradGuard no_grad;
    auto program = export_program(model, inputs, {}, strict(false));
    auto regions = grad_regions(program);
    REQUIRE(regions.size() == 1);
    CHECK(operators(*regions[0]) == "sub.Tensor");
  }
  // Exported with gradients on, only the addition does.
  auto program = export_program(model, inputs, {}, strict(false));
  auto regions = grad_regions(program);
  REQUIRE(regions.size() == 1);
  CHECK(operators(*regions[0]) == "add.Tensor");
}

TEST(TestExport, test_export_with_autocast,
     xfail_under({"training_ir_to_run_decomp", "training_ir_to_run_decomp_non_strict", "decompose"},
                 "decomposing dissolves the region that it looks for")) {
  Module model([](const Tensor& x) {
    Tensor y;
    {
      const Autocast autocast(at::kCUDA, at::kShort);
      y = x.sin().sum();
    }
    const Autocast autocast(at::kCPU, at::kHalf);
    return y.sin().sum();
  });
  auto program = t.export_program(model, {at::randn({4, 4})});
  CHECK(code(program).find("torch.ops.higher_order.wrap_with_autocast") != std::string::npos);
  auto again = t.export_program(program.module(), {at::randn({4, 4})});
  CHECK(code(again).find("autocast") != std::string::npos);
}

}  // namespace roundtrip
