// Programs that are decomposed after all or part of their sizes became dynamic.
#include <roundtrip/decompositions.h>

#include <regex>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// Dim::AUTO for every dimension of each input.
std::vector<ShapeSpec> all_automatic(const Values& inputs) {
  std::vector<ShapeSpec> specs;
  for (const Value& input : inputs) {
    specs.emplace_back(ShapeSpec::AllDims(input.tensor().dim(), Dim::AUTO));
  }
  return specs;
}

ShapeSpec dynamic_matrix() {
  return {{0, Dim::DYNAMIC}, {1, Dim::DYNAMIC}};
}

Value indices_where(const Tensor& condition) {
  Values indices;
  for (const Tensor& part : at::where(condition)) indices.emplace_back(part);
  return Value::list(indices);
}

/// Of the operator nothing is left but nonzero and views of it.
void check_where_is_nonzero(const ExportedProgram& core) {
  CHECK(operators(core).find("where") == std::string::npos);
  CHECK(count_in_text(core, "torch.ops.aten.nonzero.default(") == 1);
}

/// The code with sym_size_int for sym_size_int_4: Python counts sizes that it asked for and
/// dropped, of which indexing there has more than a slice here.
std::string code_without_counts(const ExportedProgram& program) {
  return std::regex_replace(code(program), std::regex("sym_size_int_[0-9]+"), "sym_size_int");
}

}  // namespace

TEST(TestExport, test_where_decomp_non_strict_inference_mode_dynamic_shapes) {
  Module model([](const Tensor& x) { return indices_where(x > 0); });
  ExportOptions options = positional({dynamic_matrix()});
  options.strict = false;
  const c10::InferenceMode inference;
  auto core = t.export_program(model, {at::randn({2, 3})}, {}, options).run_decompositions();
  check_where_is_nonzero(core);
  for (const Values& inputs : {Values{at::randn({2, 3})}, Values{at::randn({4, 5})}}) {
    CHECK(allclose(core.run(inputs), model(inputs)));
  }
}

TEST(TestExport, test_where_decomp_non_bool_input) {
  Module model([](const Tensor& x) { return indices_where(x); });
  const Values inputs{at::tensor({0., 1., 2., 3., 0., 0.}).view({2, 3})};
  auto core =
      t.export_program(model, inputs, {}, positional({dynamic_matrix()})).run_decompositions();
  check_where_is_nonzero(core);
  CHECK(allclose(core.run(inputs), model(inputs)));
  const Values other{at::eye(4, at::kDouble)};
  CHECK(allclose(core.run(other), model(other)));
}

TEST(TestExport, test_where_decomp) {
  Module model([](const Tensor& x) { return indices_where(x > 0); });
  const Values inputs{at::randn({2, 3})};
  auto program = t.export_program(model, inputs, {}, positional(all_automatic(inputs)))
                     .run_decompositions(DecompositionTable());
  CHECK(allclose(program.run(inputs), model(inputs)));
  const Values other{at::randn({4, 5})};
  CHECK(allclose(program.run(other), model(other)));
}

TEST(TestExport, test_if_functional) {
  Module model([](const Tensor& x) {
    Tensor z = x + 4;
    z.add_(4);
    return x.cos() + z.view(x.sizes()).cos();
  });
  auto program =
      t.export_program(model, {at::tensor({2, 3, 5})}).run_decompositions(DecompositionTable());
  const std::string called = operators(program);
  CHECK(called.find("add_.Tensor") == std::string::npos);
  CHECK(called.find("view.default") != std::string::npos);
}

TEST(TestExport, test_issue_157289,
     xfail_under({"decompose"}, "it compares the text of what the default table takes apart")) {
  Module model([](const Tensor& causal_mask, const Tensor& fill_value) {
    const Tensor mask = causal_mask.clone();
    mask.slice_symint(3, 0, fill_value.sym_size(-1)).copy_(fill_value);
    return mask;
  });
  model.arg_names({"causal_mask", "fill_value"});
  const Values inputs{at::randn({2, 2, 3, 4}), at::randn({2, 2, 3, 3})};
  auto program = t.export_program(
      model, inputs, {},
      dynamic({{"causal_mask", {{3, Dim("M")}}}, {"fill_value", {{3, Dim("N")}}}}));
  CHECK(allclose(program.run(inputs), model(inputs)));
  // As in upstream's test, which compares code where the program is as it was exported.
  if (t.suffix().starts_with("_training_ir") || t.suffix().starts_with("_retrace")) return;
  CHECK(code_without_counts(program) ==
        R"(def forward(self, causal_mask, fill_value):
    sym_size_int = torch.ops.aten.sym_size.int(fill_value, 3)
    clone = torch.ops.aten.clone.default(causal_mask);  causal_mask = None
    slice_1 = torch.ops.aten.slice.Tensor(clone, 3, 0, sym_size_int);  sym_size_int = None
    copy_ = torch.ops.aten.copy_.default(slice_1, fill_value);  slice_1 = fill_value = copy_ = None
    return (clone,))");
  auto core = program.run_decompositions();
  CHECK(code_without_counts(core) ==
        R"(def forward(self, causal_mask, fill_value):
    sym_size_int = torch.ops.aten.sym_size.int(fill_value, 3)
    clone = torch.ops.aten.clone.default(causal_mask);  causal_mask = None
    slice_1 = torch.ops.aten.slice.Tensor(clone, 3, 0, sym_size_int)
    copy = torch.ops.aten.copy.default(slice_1, fill_value);  slice_1 = fill_value = None
    slice_scatter = torch.ops.aten.slice_scatter.default(clone, copy, 3, 0, sym_size_int);  clone = copy = sym_size_int = None
    return (slice_scatter,))");
  CHECK(allclose(core.run(inputs), model(inputs)));
}

}  // namespace roundtrip
