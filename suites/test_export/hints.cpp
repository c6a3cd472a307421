// Parts of models that tell a backend something.
#include <roundtrip/decompositions.h>
#include <roundtrip/hints_wrapper.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

namespace {

constexpr const char* kBody = "hints_wrapper_body_graph_0";

void check_hints(const ExportedProgram& program) {
  CHECK(code(program) == R"(def forward(self, x, y):
    add = torch.ops.aten.add.Tensor(x, y);  x = None
    hints_wrapper_body_graph_0 = self.hints_wrapper_body_graph_0
    hints_wrapper = torch.ops.higher_order.hints_wrapper(hints_wrapper_body_graph_0, [add, y], {}, hints = {'outer_body': True});  hints_wrapper_body_graph_0 = add = y = None
    getitem = hints_wrapper[0];  hints_wrapper = None
    return (getitem,))");
  CHECK(code(program, {kBody}) == R"(def forward(self, arg0_1, arg1_1):
    hints_wrapper_body_graph_0 = self.hints_wrapper_body_graph_0
    hints_wrapper = torch.ops.higher_order.hints_wrapper(hints_wrapper_body_graph_0, [arg0_1, arg1_1], {}, hints = {'inner_body': True});  hints_wrapper_body_graph_0 = arg0_1 = arg1_1 = None
    getitem = hints_wrapper[0];  hints_wrapper = None
    abs_1 = torch.ops.aten.abs.default(getitem);  getitem = None
    return (abs_1,))");
  CHECK(code(program, {kBody, kBody}) == R"(def forward(self, arg0_1, arg1_1):
    relu = torch.ops.aten.relu.default(arg0_1);  arg0_1 = None
    add = torch.ops.aten.add.Tensor(relu, arg1_1);  relu = arg1_1 = None
    return (add,))");
}

}  // namespace

// The texts are Python's, with the brackets of a loaded program.
TEST(TestExport, test_hints_wrapper) {
  Module model([](const Tensor& x, const Tensor& y) {
    const auto inner_body = [](const Tensor& left, const Tensor& right) {
      return left.relu() + right;
    };
    const auto outer_body = [&](const Tensor& left, const Tensor& right) {
      return hints_wrapper(inner_body, {left, right}, {{"inner_body", true}}).abs();
    };
    return hints_wrapper(outer_body, {x + y, y}, {{"outer_body", true}});
  });
  model.arg_names({"x", "y"});
  const Values inputs{at::randn({2, 4}), at::ones({4})};
  check_hints(export_program(model, inputs, {}, strict(true)));
  const auto program =
      t.export_program(model, inputs, {}, strict(true)).run_decompositions(DecompositionTable());
  CHECK(allclose(program.module()(inputs), model(inputs)));
  check_hints(program);
}

}  // namespace roundtrip
