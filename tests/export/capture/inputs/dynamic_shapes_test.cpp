#include <roundtrip/dynamic_shapes.h>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/module.h>

#include "export/capture/inputs/spec_text.h"

using at::Tensor;
using namespace roundtrip;

namespace {

Module two_inputs() {
  Module module([](const Value& x, const Value&) { return x; });
  module.arg_names({"x", "y"});
  return module;
}

std::string by_name_text(const DynamicShapes& shapes) {
  std::string text;
  for (const auto& [name, spec] : *shapes.by_name()) text += name + "=" + spec_text(spec) + ";";
  return text;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("derived dimensions are named as SymPy prints them") {
  const Dim d("d", 2, 8);
  CHECK((2 * d + 1).name() == "2*d + 1");
  CHECK((d - 1).name() == "d - 1");
  CHECK(((d + 1) * 4).name() == "4*d + 4");
  CHECK(((2 * d + 1) * 3 - 2).name() == "6*d + 1");
  CHECK((2 * (d - 1) + 2).name() == "2*d");
  const Dim odd = (2 * d + 1) * 3;
  CHECK(odd.kind() == Dim::Kind::derived);
  CHECK(odd.root().name() == "d");
  CHECK(odd.factor() == 6);
  CHECK(odd.offset() == 3);
  CHECK(odd.min() == 15);
  CHECK(odd.max() == 51);
}

TEST_CASE("a derived dimension that is its root is the root") {
  const Dim d("d");
  CHECK((d + 1 - 1).kind() == Dim::Kind::named);
  CHECK((d * 1).name() == "d");
}

TEST_CASE("a derived dimension without upper bound has none") {
  CHECK_FALSE((2 * Dim("d")).max());
  CHECK((2 * Dim("d")).min() == 0);
}

TEST_CASE("coefficients beyond 64 bits are errors") {
  const Dim d("d");
  const std::int64_t large = std::int64_t{1} << 62;
  CHECK_THROWS_AS(d * large * 4, CaptureError);
  CHECK_THROWS_AS((d + large) * 4, CaptureError);
  CHECK_THROWS_AS(d + large + large, CaptureError);
}

TEST_CASE("only named dimensions can be calculated with") {
  CHECK_THROWS_AS(Dim::AUTO + 1, CaptureError);
  CHECK_THROWS_AS(Dim(4) * 2, CaptureError);
}

TEST_CASE("hints take bounds once") {
  const Dim bounded = Dim::AUTO(2, 8);
  CHECK(bounded.kind() == Dim::Kind::automatic);
  CHECK(bounded.min() == 2);
  CHECK(bounded.max() == 8);
  CHECK_THROWS_AS(bounded(3, 4), CaptureError);
  CHECK_THROWS_AS(Dim("d")(3, 4), CaptureError);
}

TEST_CASE("specs are spelled as Python spells them") {
  const Dim d("d", 3, 8);
  CHECK(spec_text(ShapeSpec{{0, d}, {1, Dim::AUTO}}) ==
        "{0: Dim('d', min=3, max=8), 1: DimHint(AUTO)}");
  CHECK(spec_text(ShapeSpec{d + 1, std::nullopt, 4}) == "(d + 1, None, 4)");
  CHECK(spec_text(ShapeSpec{Dim::STATIC}) == "(DimHint(STATIC),)");
  CHECK(spec_text(ShapeSpec(Dim::DYNAMIC(std::nullopt, 9))) == "DimHint(DYNAMIC, max=9)");
  CHECK(spec_text(ShapeSpec::dict({{"a", ShapeSpec::list({ShapeSpec()})}})) == "{'a': [None]}");
}

TEST_CASE("a collection gives specs of the inputs' structure") {
  const Tensor a = at::ones({2, 3});
  const Tensor b = at::ones({2});
  const Dim d("d");
  ShapesCollection collection;
  collection.set(a, {{0, d}}).set(b, {d});
  const Values args{Value::list({a, 1, Value::dict({{"k", b}})}), a};
  CHECK(by_name_text(collection.dynamic_shapes(two_inputs(), args)) ==
        "x=[{0: Dim('d', min=0)}, None, {'k': (Dim('d', min=0),)}];y={0: Dim('d', min=0)};");
}

TEST_CASE("a registered type's spec is a list") {
  const Tensor a = at::ones({2});
  ShapesCollection collection;
  collection.set(a, {Dim::AUTO});
  const Value point = Container{"my.Point", "null", {}, {a, a.clone()}};
  CHECK(by_name_text(collection.dynamic_shapes(two_inputs(), {point, 1})) ==
        "x=[(DimHint(AUTO),), None];y=None;");
}

TEST_CASE("a collection refuses two specs of one tensor") {
  const Tensor a = at::ones({2});
  ShapesCollection collection;
  collection.set(a, {Dim("d")}).set(a, {Dim("d")});
  CHECK(message_of([&] { collection.set(a, {Dim("e")}); }) ==
        "Shapes assigned to input do not match: expected (Dim('d', min=0),), got "
        "(Dim('e', min=0),)");
}

TEST_CASE("a collection refuses tensors that are no inputs") {
  ShapesCollection collection;
  collection.set(at::ones({2}), {Dim("d")});
  CHECK(message_of([&] {
          collection.dynamic_shapes(two_inputs(), {at::ones({2}), 1});
        }).starts_with("Some tensors that were assigned shapes were not found in args."));
}

TEST_CASE("what differs between inputs is dynamic") {
  AdditionalInputs inputs;
  inputs.add({at::ones({5, 3}), Value::dict({{"b", 2}, {"a", 1.5}})});
  const Values args{at::ones({4, 3}), Value::dict({{"a", 1.5}, {"b", 1}})};
  CHECK(by_name_text(inputs.dynamic_shapes(two_inputs(), args)) ==
        "x=(DimHint(DYNAMIC), None);y={'a': None, 'b': DimHint(DYNAMIC)};");
}

TEST_CASE("inputs that differ in keyword arguments' order agree") {
  AdditionalInputs inputs;
  inputs.add({}, {{"y", 2}, {"x", at::ones({3})}});
  CHECK(by_name_text(inputs.dynamic_shapes(two_inputs(), {at::ones({3})}, {{"y", 2}})) ==
        "x=(None,);y=None;");
}

TEST_CASE("specs by name are put in the order of the arguments") {
  const Values args{at::ones({2})};
  const Kwargs kwargs{{"y", at::ones({3})}};
  const Dim a("a"), b("b");
  const DynamicShapes shapes{{"y", {{0, b}}}, {"x", {{0, a}}}};
  const DynamicShapes ordered = shapes.in_order(two_inputs(), args, kwargs);
  REQUIRE(ordered.by_position() != nullptr);
  CHECK(spec_text((*ordered.by_position())[0]) == spec_text({{0, a}}));
  CHECK(spec_text((*ordered.by_position())[1]) == spec_text({{0, b}}));
  CHECK(DynamicShapes().in_order(two_inputs(), args, kwargs).empty());
  CHECK_THROWS_AS(DynamicShapes({{"z", {{0, a}}}}).in_order(two_inputs(), args), CaptureError);
}
