// Relations that Dim::AUTO infers, tried out at many sizes.
#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

using Shapes = std::vector<std::vector<std::int64_t>>;

Values tensors_of(const Shapes& shapes) {
  Values tensors;
  for (const auto& shape : shapes) tensors.emplace_back(at::randn(shape));
  return tensors;
}

/// Upstream's _check_dynamic_shapes_specs_and_shapes: under each spec the program takes
/// inputs of the passing shapes and refuses the failing ones.
void check_specs_and_shapes(TestContext& t, const Module& model, const Values& inputs,
                            const std::vector<ExportOptions>& specs,
                            const std::vector<Shapes>& passing,
                            const std::vector<Shapes>& failing) {
  for (const ExportOptions& options : specs) {
    auto program = t.export_program(model, inputs, {}, options);
    for (const Shapes& shapes : passing) {
      const Values args = tensors_of(shapes);
      CHECK(allclose(program.run(args), model(args)));
    }
    for (const Shapes& shapes : failing) {
      CHECK(has_in_order(run_error(program, tensors_of(shapes)), {"Guard failed"}));
    }
  }
}

const Dim kAuto = Dim::AUTO;
const ShapeSpec kBoth{kAuto, kAuto};
const ShapeSpec kFirst{kAuto, std::nullopt};
const ShapeSpec kVector{kAuto};

}  // namespace

TEST(TestExport, test_automatic_dynamic_shapes_simple_equality) {
  Module add([](const Tensor& x, const Tensor& y, const Tensor& z) { return x + y + z; });
  add.arg_names({"x", "y", "z"});
  const Values inputs = tensors_of({{6, 3}, {6, 3}, {6, 3}});
  check_specs_and_shapes(
      t, add, inputs,
      {positional({kBoth, kBoth, kBoth}), dynamic({{"x", kBoth}, {"y", kBoth}, {"z", kBoth}})},
      {{{4, 4}, {4, 4}, {4, 4}}, {{1, 1}, {1, 1}, {1, 1}}, {{0, 9}, {0, 9}, {0, 9}}},
      {{{4, 4}, {4, 4}, {4, 3}}, {{4, 4}, {5, 4}, {4, 5}}});
  const ShapeSpec by_index{{0, kAuto}, {1, kAuto}};
  check_specs_and_shapes(
      t, add, inputs,
      {positional({by_index, by_index, kFirst}),
       dynamic({{"x", kBoth}, {"y", kBoth}, {"z", kFirst}})},
      {{{4, 3}, {4, 3}, {4, 3}}, {{1, 3}, {1, 3}, {1, 3}}, {{0, 3}, {0, 3}, {0, 3}}},
      {{{4, 4}, {4, 4}, {4, 4}}, {{1, 1}, {1, 1}, {1, 1}}, {{0, 9}, {0, 9}, {0, 9}}});
  const ShapeSpec second{std::nullopt, kAuto};
  check_specs_and_shapes(
      t, add, inputs, {dynamic({{"x", second}, {"y", kBoth}, {"z", kFirst}})},
      {{{6, 3}, {6, 3}, {6, 3}}},
      {{{6, 4}, {6, 4}, {6, 4}}, {{1, 3}, {1, 3}, {1, 3}}, {{0, 9}, {0, 9}, {0, 9}}});
}

TEST(TestExport, test_automatic_dynamic_shapes_constant_relation) {
  Module off_by_four([](const Tensor& x, const Tensor& y) { return x + y.slice(0, 4); });
  off_by_four.arg_names({"x", "y"});
  const Values inputs = tensors_of({{6}, {10}});
  check_specs_and_shapes(
      t, off_by_four, inputs,
      {positional({kVector, kVector}), dynamic({{"x", kVector}, {"y", kVector}})},
      {{{10}, {14}}, {{3}, {7}}, {{2}, {6}}}, {{{10}, {13}}});
  check_specs_and_shapes(t, off_by_four, inputs, {dynamic({{"x", kVector}, {"y", {std::nullopt}}})},
                         {{{6}, {10}}}, {{{10}, {14}}, {{3}, {7}}, {{2}, {6}}});
}

TEST(TestExport, test_automatic_dynamic_shapes_linear_relation) {
  Module every_fourth([](const Tensor& x, const Tensor& y) { return x.slice(0, 1, {}, 4) + y; });
  every_fourth.arg_names({"x", "y"});
  const Values inputs = tensors_of({{21}, {5}});
  check_specs_and_shapes(
      t, every_fourth, inputs,
      {positional({kVector, kVector}), dynamic({{"x", kVector}, {"y", kVector}})},
      {{{33}, {8}}, {{32}, {8}}, {{31}, {8}}, {{30}, {8}}}, {{{34}, {8}}, {{22}, {5}}});
  check_specs_and_shapes(
      t, every_fourth, inputs,
      {positional({kVector, ShapeSpec()}), dynamic({{"x", kVector}, {"y", ShapeSpec()}})},
      {{{21}, {5}}, {{20}, {5}}, {{19}, {5}}, {{18}, {5}}}, {{{33}, {8}}});
  check_specs_and_shapes(t, every_fourth, inputs, {positional({ShapeSpec(), kVector})},
                         {{{21}, {5}}}, {{{22}, {5}}});
}

}  // namespace roundtrip
