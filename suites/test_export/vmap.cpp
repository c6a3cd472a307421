// Functions that are mapped over a dimension of tensors.
#include <roundtrip/decompositions.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/vmap.h>

#include "suites/test_export/test_export.h"

namespace roundtrip {

TEST(TestExport, test_vmap_to_assert) {
  Module model([](const Tensor& x, const Tensor& y) {
    const auto f = [](const Tensor& left, const Tensor& right) {
      const Tensor product =
          (left * right)
              .to(at::TensorOptions(at::kFloat).device(at::kCPU),
                  /*non_blocking=*/false, /*copy=*/false, at::MemoryFormat::ChannelsLast);
      return (product + 1).sum(0);
    };
    return vmap(f, {x, y}).sum(0);
  });
  auto program = t.export_program(model, {at::zeros({4, 4, 4, 4}), at::zeros({4, 4, 4, 4})});
  const Values ones{at::ones({4, 4, 4, 4}), at::ones({4, 4, 4, 4})};
  CHECK(allclose(program.module()(ones), model(ones)));
}

// The text is Python's, but for the overload that C++ calls for `x * y + 1`, and the names of
// calls without results, which are those of a loaded program. Strict export numbers sizes as
// the other does; Python's, whose first trace is Dynamo's, has sym_size_int_2.
TEST(TestExport, test_vmap) {
  Module model([](const Tensor& x, const Tensor& y) {
    const auto f = [](const Tensor& left, const Tensor& right) {
      return (left * right + 1).sum(0);
    };
    return vmap(f, {x, y}).sum(0);
  });
  model.arg_names({"x", "y"});
  const Values inputs{at::tensor({1.0, 2.0, 3.0}, at::kFloat),
                      at::tensor({0.1, 0.2, 0.3}, at::kFloat)};
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim::DYNAMIC}}}, {"y", {{0, Dim::DYNAMIC}}}};
  const std::string text = R"(def forward(self, x, y):
    sym_size_int_3 = torch.ops.aten.sym_size.int(y, 0)
    lazy_load_decompositions_unused = torch._functorch.predispatch.lazy_load_decompositions();  lazy_load_decompositions_unused = None
    _vmap_increment_nesting_unused = torch._functorch.predispatch._vmap_increment_nesting(sym_size_int_3, 'error');  _vmap_increment_nesting_unused = None
    _add_batch_dim = torch._functorch.predispatch._add_batch_dim(x, 0, 1);  x = None
    _add_batch_dim_1 = torch._functorch.predispatch._add_batch_dim(y, 0, 1);  y = None
    mul = torch.ops.aten.mul.Tensor(_add_batch_dim, _add_batch_dim_1);  _add_batch_dim = _add_batch_dim_1 = None
    add = torch.ops.aten.add.Scalar(mul, 1);  mul = None
    sum_1 = torch.ops.aten.sum.dim_IntList(add, [0]);  add = None
    _remove_batch_dim = torch._functorch.predispatch._remove_batch_dim(sum_1, 1, sym_size_int_3, 0);  sum_1 = sym_size_int_3 = None
    _vmap_decrement_nesting_unused = torch._functorch.predispatch._vmap_decrement_nesting();  _vmap_decrement_nesting_unused = None
    sum_2 = torch.ops.aten.sum.dim_IntList(_remove_batch_dim, [0]);  _remove_batch_dim = None
    return (sum_2,))";
  CHECK(code(export_program(model, inputs, {}, options)) == text);
  options.strict = true;
  const auto program = export_program(model, inputs, {}, options);
  CHECK(code(program) == text);
  CHECK(allclose(program.module()(inputs), model(inputs)));
  options.strict.reset();
  const auto core =
      t.export_program(model, inputs, {}, options).run_decompositions(DecompositionTable());
  CHECK(allclose(core.module()(inputs), model(inputs)));
}

}  // namespace roundtrip
