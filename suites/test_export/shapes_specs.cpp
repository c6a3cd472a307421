// Dynamic shapes as data: dumped, loaded, and refined by what an error suggests.
#include <roundtrip/dynamic_shapes_spec.h>
#include <roundtrip/error.h>

#include "suites/test_export/dynamic.h"

namespace roundtrip {

namespace {

/// The message of the `CaptureError` that loading the dict gives.
std::string load_error(const Value& dict) {
  try {
    load_dynamic_shapes(DynamicShapesSpec::from_dict(dict));
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

/// A spec of one tensor with the dimension dx, as a dict; its dims have one `name`.
Value one_dim_spec(const char* name, const Value& min, Values derived) {
  const Value root =
      Value::dict({{"min", min}, {"max", 4}, {"derived", Value::list(std::move(derived))}});
  return Value::dict({{"dynamic_shapes", Value::list({Value::list({"dx"})})},
                      {"dims", Value::dict({{name, root}})}});
}

/// Exporting under the shapes fails; refined by what the error suggests, they do.
DynamicShapes refined(TestContext& t, const Module& model, const Values& inputs,
                      const DynamicShapes& shapes) {
  const std::string message = export_error(t, model, inputs, dynamic(shapes));
  const DynamicShapes fixed = refine_dynamic_shapes_from_suggested_fixes(message, shapes);
  const auto program = t.export_program(model, inputs, {}, dynamic(fixed));
  CHECK(program.run(inputs).size() == model(inputs).size());
  return fixed;
}

/// Dimension `index` of a tensor's spec that names all of them.
Dim dim_of(const ShapeSpec& spec, std::size_t index) {
  return spec.get<ShapeSpec::AllDims>()->at(index).value();
}

const ShapeSpec& spec_of(const DynamicShapes& shapes, std::size_t argument) {
  return shapes.by_name()->at(argument).second;
}

const ShapeSpec& item_of(const ShapeSpec& spec, std::size_t index) {
  return spec.get<ShapeSpec::Items>()->items.at(index);
}

bool is_size(const Dim& dim, std::int64_t size) {
  return dim.kind() == Dim::Kind::fixed && dim.min() == size && dim.max() == size;
}

/// Fixes of dimensions within lists and dicts.
void check_nested_fixes(TestContext& t) {
  Module model([](const Value& x, const Value& y) {
    const Tensor sum = x[0]["data"].tensor() + x[1].tensor() + x[2].tensor().slice(0, 2);
    return std::tuple(sum, at::matmul(y["a"].tensor(), at::randn({4, 4})),
                      at::matmul(y["b"].tensor(), at::randn({6, 6})));
  });
  model.arg_names({"x", "y"});
  const Values inputs{Value::tuple({Value::dict({{"data", at::randn({4, 4})}}), at::randn({4, 4}),
                                    at::randn({6, 4})}),
                      Value::dict({{"a", at::randn({8, 4})}, {"b", at::randn({9, 6})}})};
  const auto pair = [](const char* first, const char* second) {
    return ShapeSpec{Dim(first), Dim(second)};
  };
  const auto shapes =
      refined(t, model, inputs,
              {{"x", ShapeSpec::tuple({ShapeSpec::dict({{"data", pair("dx00", "dx01")}}),
                                       pair("dx10", "dx11"), pair("dx20", "dx21")})},
               {"y", ShapeSpec::dict({{"a", pair("dya0", "dya1")}, {"b", pair("dyb0", "dyb1")}})}});
  const ShapeSpec& x = spec_of(shapes, 0);
  const ShapeSpec& y = spec_of(shapes, 1);
  const ShapeSpec& data = item_of(item_of(x, 0), 0);
  CHECK(dim_of(data, 0).name() == dim_of(item_of(x, 1), 0).name());
  CHECK(dim_of(item_of(x, 2), 0).root().name() == dim_of(data, 0).name());
  CHECK(dim_of(item_of(x, 2), 0).factor() == 1);
  CHECK(dim_of(item_of(x, 2), 0).offset() == 2);
  CHECK(dim_of(data, 1).name() == dim_of(item_of(x, 1), 1).name());
  CHECK(is_size(dim_of(item_of(y, 0), 1), 4));
  CHECK(is_size(dim_of(item_of(y, 1), 1), 6));
  CHECK(dim_of(item_of(y, 1), 0).name() == "dyb0");
}

}  // namespace

TEST(TestExport, test_dynamic_shapes_serdes_generic) {
  Module model([](const Value& a, const Tensor& b, const Tensor& c, const Value&) {
    const Tensor x = a[0].tensor() + a[1].tensor().slice(0, 1);
    return std::tuple(x + at::cat({b, b}, 0).reshape({-1, 1}), c * 2);
  });
  model.arg_names({"a", "b", "c", "d"});
  const auto inputs = [](std::int64_t dz, std::int64_t rows) {
    return Values{Value::list({at::randn({2 * dz, 4}), at::randn({2 * dz + 1, 4})}),
                  at::randn({dz}), at::randn({rows, rows}), "hello"};
  };
  const Dim dz("dz", 4, 16);
  const Dim dx = 2 * dz;
  const DynamicShapes shapes{{"a", ShapeSpec::list({{dx, 4}, {dx + 1, 4}})},
                             {"b", {dz}},
                             {"c", ShapeSpec()},
                             {"d", ShapeSpec()}};
  const DynamicShapesSpec spec = dump_dynamic_shapes(shapes, inputs(4, 4));
  const DynamicShapes loaded = load_dynamic_shapes(spec);
  for (const DynamicShapes& given : {shapes, loaded}) {
    auto program = t.export_program(model, inputs(4, 4), {}, dynamic(given));
    for (const std::int64_t size : {8, 12}) {
      const Values args = inputs(size, 4);
      CHECK(allclose(program.run(args), model(args)));
    }
    CHECK(has_in_order(run_error(program, inputs(8, 5)), {"Guard failed"}));
  }
  CHECK(spec.str() ==
        "DynamicShapesSpec(dynamic_shapes=([['2*dz', 4], ['2*dz + 1', 4]], ['dz'], "
        "['_DimHint.STATIC', '_DimHint.STATIC'], None), dims={'dz': RootDim(min=4, max=16, "
        "derived=['2*dz', '2*dz + 1'])})");
  const Value statics = Value::list({"_DimHint.STATIC", "_DimHint.STATIC"});
  const Value tensors = Value::list({Value::list({"2*dz", 4}), Value::list({"2*dz + 1", 4})});
  const Value root =
      Value::dict({{"min", 4}, {"max", 16}, {"derived", Value::list({"2*dz", "2*dz + 1"})}});
  CHECK(bitwise_equal(
      spec.to_dict(),
      Value::dict({{"dynamic_shapes", Value::tuple({tensors, Value::list({"dz"}), statics, {}})},
                   {"dims", Value::dict({{"dz", root}})}})));
  const auto& specs = *loaded.by_position();
  const Dim loaded_dz = *item_of(specs[1], 0).get<Dim>();
  CHECK(loaded_dz.name() == "dz");
  for (const std::size_t tensor : {0, 1}) {
    const Dim derived = *item_of(item_of(specs[0], tensor), 0).get<Dim>();
    CHECK(derived.root().name() == loaded_dz.name());
    CHECK(derived.root().min() == loaded_dz.min());
    CHECK(derived.root().max() == loaded_dz.max());
  }
}

TEST(TestExport, test_dynamic_shapes_serdes_various) {
  const Dim automatic = Dim::AUTO;
  const ShapeSpec both{automatic, automatic};
  const Value y =
      instance("test_dynamic_shapes_serdes_various.Input", {at::randn({8, 8}), at::randn({8, 8})});
  const DynamicShapes shapes{
      {"x", {automatic, Dim::STATIC}}, {"y", ShapeSpec::list({both, both})}, {"z", {automatic, 8}}};
  const DynamicShapesSpec spec =
      dump_dynamic_shapes(shapes, {at::randn({4, 4})}, {{"y", y}, {"z", at::randn({9, 8})}});
  CHECK(spec.str() ==
        "DynamicShapesSpec(dynamic_shapes=(['_DimHint.AUTO', '_DimHint.STATIC'], "
        "[['_DimHint.AUTO', '_DimHint.AUTO'], ['_DimHint.AUTO', '_DimHint.AUTO']], "
        "['_DimHint.AUTO', 8]), dims={})");
  const Value hints = Value::list({"_DimHint.AUTO", "_DimHint.AUTO"});
  CHECK(bitwise_equal(
      spec.to_dict(),
      Value::dict({{"dynamic_shapes",
                    Value::tuple({Value::list({"_DimHint.AUTO", "_DimHint.STATIC"}),
                                  Value::list({hints, hints}), Value::list({"_DimHint.AUTO", 8})})},
                   {"dims", Value::dict({})}})));
}

// That a dict is no DynamicShapesSpec, and the other way round, the compiler says here; what is
// left of the first is a value that is no dict.
TEST(TestExport, test_dynamic_shapes_serdes_user_errors) {
  std::string mismatch = "no error";
  try {
    const ShapeSpec pair{Dim("dx"), Dim("dy")};
    dump_dynamic_shapes({{"x", ShapeSpec::dict({{"k", pair}})}},
                        {Value::dict({{"k", Value::list({at::randn({4, 4})})}})});
  } catch (const CaptureError& error) {
    mismatch = error.what();
  }
  CHECK(has_in_order(mismatch,
                     {"Detected mismatch between the structure of `inputs` and `dynamic_shapes`: "
                      "`inputs[0]['k']` is a <class 'list'>, but `dynamic_shapes[0]['k']` is a "
                      "<class 'tuple'>"}));
  CHECK(has_in_order(load_error(Value::list({})), {"`spec` to be a dict, got <class 'list'>"}));

  const DynamicShapesSpec spec{Value::list({Value::list({"dx"})}), {{"dx", {4, 16, {}}}}};
  const DynamicShapes loaded = load_dynamic_shapes(spec);
  REQUIRE(loaded.by_position()->size() == 1);
  const auto& tensor = *loaded.by_position()->at(0).get<ShapeSpec::Items>();
  REQUIRE(tensor.items.size() == 1);
  const Dim dx = *tensor.items[0].get<Dim>();
  CHECK(dx.name() == "dx");
  CHECK(dx.min() == 4);
  CHECK(dx.max() == 16);

  CHECK(has_in_order(load_error(one_dim_spec("dx", {}, {})),
                     {"Expected dims in `spec['dims']` to map `min` to an int, got dx: None"}));
  CHECK(has_in_order(load_error(one_dim_spec("dy", 2, {})),
                     {"Expected dims in `spec['dynamic_shapes']` to be tracked in `spec['dims']`, "
                      "got dx which is not in dict_keys(['dy'])"}));
  CHECK(has_in_order(load_error(one_dim_spec("dx", 2, {"dx**2 + 4"})),
                     {"Expected derived expressions to be linear expressions, got dx**2 + 4"}));
}

TEST(TestExport, test_refine_dynamic_shapes_from_suggested_fixes) {
  // Specialises dimensions and those derived from them.
  Module offsets([](const Tensor& x, const Tensor& y, const Tensor& z) {
    return std::tuple(x + y.slice(0, 1) + z.slice(0, 2), at::matmul(x, at::randn({4, 4})));
  });
  offsets.arg_names({"x", "y", "z"});
  const Dim dx("dx", std::nullopt, 16);
  auto shapes = refined(t, offsets, {at::randn({4}), at::randn({5}), at::randn({6})},
                        {{"x", {dx}}, {"y", {dx + 1}}, {"z", {dx + 2}}});
  CHECK(is_size(dim_of(spec_of(shapes, 0), 0), 4));
  CHECK(is_size(dim_of(spec_of(shapes, 2), 0), 6));

  // Refines a lower and an upper bound.
  Module bounds([](const Tensor& x, const Tensor& y) {
    if (x.sym_size(0) >= 6 && y.sym_size(0) <= 16) return std::tuple(x * 2.0, y + 1);
    return std::tuple(x, y);
  });
  bounds.arg_names({"x", "y"});
  shapes = refined(t, bounds, {at::randn({16}), at::randn({12})},
                   {{"x", {Dim("dx")}}, {"y", {Dim("dy")}}});
  CHECK(dim_of(spec_of(shapes, 0), 0).min() == 6);
  CHECK(dim_of(spec_of(shapes, 1), 0).max() == 16);

  // Divisibility brings in a new root.
  Module thirds([](const Tensor& x) {
    const bool long_enough = x.sym_size(0) >= 9;
    return std::tuple(long_enough ? x.reshape({-1, 3}) : x);
  });
  shapes = refined(t, thirds, {at::randn({15})}, DynamicShapes::positional({{Dim("dx")}}));
  const Dim third = dim_of(shapes.by_position()->at(0), 0);
  CHECK(third.factor() * 2 + third.offset() == 6);
  CHECK(third.root().min() == 3);

  // An independent dimension becomes one that is derived from another.
  Module rows([](const Tensor& x, const Tensor& y) { return std::tuple(x + y.slice(0, 4), x); });
  rows.arg_names({"x", "y"});
  shapes = refined(t, rows, {at::randn({6, 4}), at::randn({10, 4})},
                   {{"x", {Dim("dx0"), Dim("dx1")}}, {"y", {Dim("dy0"), Dim("dy1")}}});
  const Dim y_rows = dim_of(spec_of(shapes, 1), 0);
  CHECK(y_rows.root().name() == dim_of(spec_of(shapes, 0), 0).name());
  CHECK(y_rows.factor() == 1);
  CHECK(y_rows.offset() == 4);
  CHECK(dim_of(spec_of(shapes, 0), 1).name() == dim_of(spec_of(shapes, 1), 1).name());
  check_nested_fixes(t);
}

}  // namespace roundtrip
