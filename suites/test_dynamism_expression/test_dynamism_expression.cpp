#include <ATen/ATen.h>
#include <roundtrip/suite.h>

namespace roundtrip {

/// The tests of upstream's class of this name. Most are about sizes and values
/// that are symbols in the graph; those wait for symbolic capture.
class TestDynamismExpression : public Fixture {
 protected:
  static constexpr const char* kNeedsDynamicShapes =
      "needs dynamic shapes, which export_program does not support yet";
  static constexpr const char* kNeedsItem =
      "needs item() to become a symbol of the graph, which export_program does not support yet";
  static constexpr const char* kNeedsDecompositions =
      "needs run_decompositions, which ExportedProgram does not have yet";
};

ROUNDTRIP_SUITE(TestDynamismExpression, "Upstream's TestDynamismExpression");

TEST(TestDynamismExpression, test_export_inline_constraints) {
  t.skip(kNeedsItem);
}

TEST(TestDynamismExpression, test_export_constraints_error_not_in_range) {
  t.skip(kNeedsDynamicShapes);
}

TEST(TestDynamismExpression, test_export_slice_maxsize) {
  t.skip(kNeedsDynamicShapes);
}

TEST(TestDynamismExpression, test_no_grad_param_inplace) {
  t.skip(kNeedsDecompositions);
}

TEST(TestDynamismExpression, test_export_slice_unbacked_dim1) {
  t.skip(kNeedsItem);
}

TEST(TestDynamismExpression, test_reshape_view_backed_size_oblivious) {
  t.skip(kNeedsDynamicShapes);
}

TEST(TestDynamismExpression, test_export_constraints_error) {
  t.skip(kNeedsItem);
}

TEST(TestDynamismExpression, test_export_assume_static_by_default) {
  Module branch_on_shape([](const at::Tensor& x) { return x.size(0) == 4 ? x + 1 : x; });
  Values inputs{at::rand({4, 5})};
  auto program = t.export_program(branch_on_shape, inputs);
  CHECK(bitwise_equal(program.run(inputs), branch_on_shape(inputs)));
}

TEST(TestDynamismExpression, test_export_strict_narrow_unbacked_expr) {
  t.skip(kNeedsItem);
}

}  // namespace roundtrip

ROUNDTRIP_PLUGIN("test_dynamism_expression", "1.0", "Upstream's TestDynamismExpression");
