#include "export/capture/inputs/input_constraints.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

using at::Tensor;
using namespace roundtrip;
using Kind = SizeConstraint::Kind;

namespace {

Module model(std::vector<std::string> names) {
  Module module([](const Values& args, const Kwargs&) { return args[0]; });
  module.arg_names(std::move(names));
  return module;
}

std::vector<LeafConstraints> constraints(const Module& module, Values args, DynamicShapes shapes,
                                         Kwargs kwargs = {}) {
  ExportOptions options;
  options.dynamic_shapes = std::move(shapes);
  return input_constraints({module, std::move(args), std::move(kwargs), options});
}

std::string sources(const std::vector<LeafConstraints>& leaves) {
  std::string text;
  for (const auto& leaf : leaves) text += leaf.source + " ";
  return text;
}

std::string message(DynamicShapes shapes, Values args = {at::ones({4, 3})}) {
  try {
    constraints(model({"x", "y"}), std::move(args), std::move(shapes));
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("without dynamic shapes every size is fixed") {
  const auto leaves = constraints(model({"x", "y"}), {at::ones({4, 3}), 2, 1.5, true, "a"}, {});
  REQUIRE(leaves.size() == 5);
  CHECK(leaves[0].sizes.size() == 2);
  CHECK(leaves[1].sizes.size() == 1);
  CHECK(leaves[2].sizes.size() == 1);
  CHECK(leaves[3].sizes.size() == 1);
  CHECK(leaves[4].sizes.empty());
  CHECK(leaves[0].sizes[1].kind == Kind::fixed);
}

TEST_CASE("dimensions by index and by position") {
  const Dim dx("dx", 2, 9);
  const auto leaves = constraints(model({"x", "y"}), {at::ones({4, 3}), at::ones({8})},
                                  {{"x", {{0, dx}}}, {"y", {2 * dx}}});
  const SizeConstraint& batch = leaves[0].sizes[0];
  CHECK(batch.kind == Kind::named);
  CHECK(batch.name == "dx");
  CHECK(batch.min == 2);
  CHECK(batch.max == 9);
  CHECK(leaves[0].sizes[1].kind == Kind::fixed);
  const SizeConstraint& twice = leaves[1].sizes[0];
  CHECK(twice.kind == Kind::derived);
  CHECK(twice.name == "2*dx");
  CHECK(twice.root == "dx");
  CHECK(twice.factor == 2);
  CHECK(twice.offset == 0);
  CHECK(twice.min == 4);
  CHECK(twice.root_max == 9);
}

TEST_CASE("a whole spec in braces") {
  const Dim batch("batch");
  const auto leaves = constraints(model({"x", "y"}), {at::ones({4, 3}), at::ones({4, 5})},
                                  {{"x", {{0, batch}}}, {"y", {{0, batch}, {1, Dim::AUTO}}}});
  CHECK(leaves[1].sizes[0].name == "batch");
  CHECK(leaves[1].sizes[1].kind == Kind::automatic);
}

TEST_CASE("numbers, None and static dimensions") {
  const auto leaves =
      constraints(model({"n", "x", "y"}), {3, at::ones({4, 3}), at::ones({2})},
                  {{"n", Dim::DYNAMIC}, {"x", {4, Dim::STATIC}}, {"y", ShapeSpec()}});
  CHECK(leaves[0].source == "L['n']");
  CHECK(leaves[0].sizes[0].kind == Kind::dynamic);
  CHECK(leaves[1].sizes[0].kind == Kind::fixed);
  CHECK(leaves[1].sizes[1].kind == Kind::fixed);
  CHECK(leaves[2].sizes[0].kind == Kind::fixed);
}

TEST_CASE("sources are Python's") {
  const Tensor x = at::ones({2});
  auto fresh = [&] { return x.clone(); };
  const Values args{Value::dict({{"a", Value::list({fresh(), fresh()})}, {7, fresh()}}), fresh(),
                    fresh()};
  CHECK(sources(constraints(model({"d"}), args, {}, {{"kw", fresh()}})) ==
        "L['d']['a'][0] L['d']['a'][1] L['d'][7] L['args'][0] L['args'][1] L['kw'] ");
}

TEST_CASE("keyword arguments come in the call's order, their specs in forward's") {
  const Kwargs kwargs{{"y", at::ones({5})}, {"x", at::ones({4})}};
  const auto leaves = constraints(model({"x", "y"}), {},
                                  DynamicShapes::positional({{Dim("dx")}, {Dim("dy")}}), kwargs);
  CHECK(sources(leaves) == "L['y'] L['x'] ");
  CHECK(leaves[0].sizes[0].name == "dy");
  CHECK(leaves[1].sizes[0].name == "dx");
}

TEST_CASE("specs nested as the inputs are, dicts in any order") {
  const Value dict = Value::dict({{"a", at::ones({2})}, {"b", Value::tuple({at::ones({3}), 1})}});
  const auto leaves = constraints(
      model({"d"}), {dict},
      {{"d", ShapeSpec::dict({{"b", ShapeSpec::tuple({{{0, Dim("q")}}, ShapeSpec(Dim::AUTO)})},
                              {"a", {{0, Dim("p")}}}})}});
  CHECK(leaves[0].sizes[0].name == "p");
  CHECK(leaves[1].sizes[0].name == "q");
  CHECK(leaves[2].sizes[0].kind == Kind::automatic);
}

TEST_CASE("a registered type takes a list of specs") {
  const Value point = Container{"my.Point", "null", {}, {at::ones({2}), at::ones({3})}};
  const auto leaves =
      constraints(model({"p"}), {point}, {{"p", ShapeSpec::list({{{0, Dim("q")}}, ShapeSpec()})}});
  CHECK(leaves[0].sizes[0].name == "q");
  CHECK(leaves[1].sizes[0].kind == Kind::fixed);
}

TEST_CASE("a tensor given twice has one source and one size") {
  const Tensor x = at::ones({4, 3});
  const auto named =
      constraints(model({"x", "y"}), {x, x}, {{"x", {{0, Dim("dx")}}}, {"y", ShapeSpec()}});
  CHECK(sources(named) == "L['x'] L['x'] ");
  CHECK(named[1].sizes[0].name == "dx");
  const auto hinted =
      constraints(model({"x", "y"}), {x, x}, {{"x", {{0, Dim::AUTO}}}, {"y", ShapeSpec()}});
  CHECK(hinted[0].sizes[0].kind == Kind::fixed);
}

TEST_CASE("indexes beyond the tensor's dimensions are errors") {
  const Dim dx("dx");
  CHECK(message({{"x", {{2, dx}}}}) ==
        "Unexpected index 2 in input tensor shape {2: Dim('dx', min=0)} specified at "
        "`dynamic_shapes['x']` (expected 0 to 1 for the actual tensor shape "
        "torch.Size([4, 3]))");
  CHECK(message({{"x", {{-1, dx}}}}).starts_with("Unexpected index -1"));
}

TEST_CASE("a fixed number must be the input's") {
  CHECK(message({{"x", Dim(4)}}, {3}) ==
        "Static shape constraint of 4 does not match input size of 3, for L['x']");
  CHECK(message({{"x", Dim(3)}}, {3}) == "no error");
}

TEST_CASE("an integer takes no spec by dimensions") {
  CHECK(message({{"x", {{0, Dim::AUTO}}}}, {3}) ==
        "Cannot associate shape {0: DimHint(AUTO)} specified at `dynamic_shapes['x']` to an int "
        "at `inputs['x']` (expected None, an int, Dim::AUTO, Dim::STATIC, or Dim::DYNAMIC)");
}

TEST_CASE("unnamed arguments are named one by one") {
  const auto leaves = constraints(model({"x"}), {at::ones({2}), at::ones({3})},
                                  {{"x", ShapeSpec()}, {"args_0", {Dim("q")}}});
  CHECK(leaves[1].sizes[0].name == "q");
}
