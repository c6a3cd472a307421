#include <roundtrip/dynamic_shapes_spec.h>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <functional>

using namespace roundtrip;

namespace {

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

DynamicShapesSpec one_dim(std::vector<std::string> derived, const char* leaf = "dx") {
  return {Value::list({Value::list({leaf})}), {{"dx", {2, 16, std::move(derived)}}}};
}

std::string load_failure(const DynamicShapesSpec& spec) {
  return failure_of([&] { load_dynamic_shapes(spec); });
}

std::string refine_failure(const std::string& fixes) {
  const DynamicShapes shapes{{"x", {Dim("dx")}}};
  return failure_of([&] { refine_dynamic_shapes_from_suggested_fixes(fixes, shapes); });
}

/// The only dimension of the only input, after these fixes.
Dim refined(const std::string& fixes, const Dim& dim) {
  const auto shapes =
      refine_dynamic_shapes_from_suggested_fixes("Suggested fixes:\n" + fixes, {{"x", {{0, dim}}}});
  return shapes.by_name()->at(0).second.get<ShapeSpec::Dims>()->at(0).second;
}

}  // namespace

TEST_CASE("a spec of shapes is the same after dump, dict and load") {
  const Dim dx("dx", 2);
  const Values args{Value::dict({{"a", at::zeros({4, 9})}}), at::zeros({8, 3}), 5, "text"};
  const auto shapes = DynamicShapes::positional(
      {ShapeSpec::dict({{"a", {dx, 2 * dx + 1}}}), {{0, 2 * dx}}, Dim::DYNAMIC, ShapeSpec()});
  const auto spec = dump_dynamic_shapes(shapes, args);
  const char* text =
      "DynamicShapesSpec(dynamic_shapes=({'a': ['dx', '2*dx + 1']}, ['2*dx', 3], "
      "'_DimHint.DYNAMIC', None), dims={'dx': RootDim(min=2, max=None, derived=['2*dx', "
      "'2*dx + 1'])})";
  CHECK(spec.str() == text);
  const auto from_dict = DynamicShapesSpec::from_dict(spec.to_dict());
  CHECK(from_dict.str() == text);
  CHECK(dump_dynamic_shapes(load_dynamic_shapes(from_dict), args).str() == text);
}

TEST_CASE("no dynamic shapes are none after dump and load") {
  const auto spec = dump_dynamic_shapes({}, {at::zeros({3})});
  CHECK(spec.dynamic_shapes.is_none());
  CHECK(load_dynamic_shapes(spec).empty());
}

TEST_CASE("what a spec of shapes cannot hold is not dumped") {
  const DynamicShapes bounded{{"x", {Dim::AUTO(2, 8)}}};
  CHECK(failure_of([&] {
          dump_dynamic_shapes(bounded, {at::zeros({3})});
        }).find("Bounds of a hint") == 0);
  const DynamicShapes other_order{{"y", {Dim("dy")}}, {"x", {Dim("dx")}}};
  CHECK(failure_of([&] {
          dump_dynamic_shapes(other_order, {}, {{"x", at::zeros({3})}, {"y", at::zeros({3})}});
        }).find("Expected specs in the order of the arguments") == 0);
}

TEST_CASE("derived expressions of a spec are linear in their dimension") {
  CHECK(load_failure(one_dim({"3*dx - 2"}, "3*dx - 2")) == "no error");
  CHECK(load_failure(one_dim({"dx**2"})).find("to be linear expressions, got dx**2") !=
        std::string::npos);
  CHECK(load_failure(one_dim({"dx + dy"})).find("to have dx as the only free symbol") !=
        std::string::npos);
  CHECK(load_failure(one_dim({}, "2*dx")).find("which is not in dict_keys(['dx'])") !=
        std::string::npos);
}

TEST_CASE("fixes change named dimensions and what is derived from them") {
  const Dim dx("dx", 2, 64);
  CHECK(refined("  dx = 4", dx).min() == 4);
  CHECK(refined("  dx = 4", 2 * dx + 1).min() == 9);
  const Dim bounded = refined("  dx = Dim('dx', min=6, max=12)", 2 * dx);
  CHECK(bounded.root().name() == "dx");
  CHECK(bounded.min() == 12);
  CHECK(bounded.max() == 24);
  CHECK_FALSE(refined("  dx = Dim('dx', min=6, max=oo)", dx).max());
  CHECK(refined("  _dx = Dim('_dx', max=5)\n  dx = 3*_dx - 1", dx).name() == "3*_dx - 1");
  CHECK(refined("  _dx = Dim('_dx', max=5)\n  dx = 3*_dx - 1", dx + 1).name() == "3*_dx");
}

TEST_CASE("a message that suggests nothing, or something else, is an error") {
  CHECK(refine_failure("all is well").find("Suggested fixes not found") == 0);
  CHECK(refine_failure("Suggested fixes:\n dy = 4").find("A fix is suggested for dy") == 0);
  CHECK(refine_failure("Suggested fixes:\n dx = dz + 1").find("A suggested fix speaks of dz") == 0);
  CHECK(refine_failure("Suggested fixes:\n dx = dx + 1").find("The suggested fixes define") == 0);
  CHECK(refine_failure("Suggested fixes:\n dx = dx**2").find("The suggested fix dx = dx**2") == 0);
}
