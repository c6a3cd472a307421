// Annotations of assertions that the program makes of what a model states.
#include <roundtrip/annotate.h>

#include "suites/test_export/dynamic.h"
#include "suites/test_export/node_metadata.h"

namespace roundtrip {

// In upstream's test the annotation is the one of torch._dynamo.disable; here forward makes its
// own. The sizes of inputs are asked for outside of it.
TEST(TestExport, test_custom_tag_metadata_runtime_assert) {
  Module model([](const Tensor& x, const Tensor& y) {
    const Annotate forward{{"region", "forward"}};
    const auto difference = [&] { return sym_pow(x.sym_size(0), 2) - sym_pow(y.sym_size(0), 2); };
    if (difference() >= 4 && difference() <= 20 && difference() != 15) {
      return std::tuple(x * 2, y * 2);
    }
    return std::tuple(x, y);
  });
  model.arg_names({"x", "y"});
  ExportOptions options = dynamic({{"x", {Dim("dx")}}, {"y", {Dim("dy")}}});
  options.prefer_deferred_runtime_asserts_over_guards = true;
  const Values inputs{at::randn({5}), at::randn({3})};
  auto program = export_program(model, inputs, {}, options);
  std::size_t asserts = 0;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    if (node.target() == "torch.ops.aten.sym_size.int") continue;
    if (node.target() == "torch.ops.aten._assert_scalar.default") ++asserts;
    CHECK_MESSAGE(metadata(node, "custom") == "{\"region\": \"forward\"}",
                  node.name().value_or(""));
  }
  CHECK(asserts == 3);
  CHECK(allclose(program.run(inputs), model(inputs)));
  CHECK(has_in_order(run_error(program, {at::randn({4}), at::randn({4})}),
                     {"Runtime assertion failed for expression "}));
}

TEST(TestExport, test_annotate_on_assert) {
  Module model([](const Tensor& given, const Tensor& y) {
    const Annotate region{{"moo", 0}};
    const Tensor x = at::cat({given, given});
    const c10::SymInt b = item(y);
    torch_check(b.sym_ge(x.sym_size(0)));
    return at::mul(x, at::Scalar(b));
  });
  model.arg_names({"x", "y"});
  auto program = export_program(model, {at::randn({3}), at::scalar_tensor(6, at::kLong)}, {},
                                dynamic({{"x", {{0, Dim("b")}}}, {"y", ShapeSpec()}}));
  std::string annotated;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    const std::string custom = metadata(node, "custom");
    if (!custom.empty()) annotated += node.name().value_or("") + " " + custom + "\n";
  }
  CHECK(annotated ==
        "cat {\"moo\": 0}\n"
        "item {\"moo\": 0}\n"
        "ge_1 {\"moo\": 0}\n"
        "_assert_scalar_default {\"moo\": 0}\n"
        "mul_1 {\"moo\": 0}\n"
        "le {\"moo\": 0}\n"
        "_assert_scalar_default_1 {\"moo\": 0}\n"
        "mul {\"moo\": 0}\n");
}

}  // namespace roundtrip
