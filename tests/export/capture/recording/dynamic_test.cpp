#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/symbolic.h>

#include "export/capture/capture.h"
#include "export/program/node_text.h"

using at::Tensor;
using namespace roundtrip;

namespace {

Program capture_dynamic(Module model, std::vector<std::string> names, Values args,
                        DynamicShapes shapes, bool strict = false) {
  model.arg_names(std::move(names));
  ExportOptions options;
  options.strict = strict;
  options.dynamic_shapes = std::move(shapes);
  return capture_program({std::move(model), std::move(args), {}, std::move(options)});
}

std::string text(const Program& program) {
  return graph_text(program.graph_module.graph);
}

const Dim kBatch("batch");

/// Uses one dynamic size in arithmetic, a view and a factory.
Module size_user() {
  return Module([](const Tensor& x) {
    const c10::SymInt rows = x.sym_size(0);
    const c10::SymInt twice = rows * 2;
    const c10::SymInt next = rows + 1;
    const Tensor view = x.view_symint({twice, -1});
    return std::make_tuple(view, at::zeros_symint({next}));
  });
}

}  // namespace

TEST_CASE("sizes are queried once, before everything else") {
  for (const bool strict : {false, true}) {
    const Program program =
        capture_dynamic(size_user(), {"x"}, {at::ones({4, 6})}, {{"x", {{0, kBatch}}}}, strict);
    CHECK(text(program) ==
          "(x)\n"
          "sym_size_int_1 = aten.sym_size.int(self=x, dim=0)\n"
          "mul = _operator.mul(a=sym_size_int_1, b=2)\n"
          "add = _operator.add(a=sym_size_int_1, b=1)\n"
          "view = aten.view.default(self=x, size=[mul, -1])\n"
          "zeros = aten.zeros.default(size=[add])\n"
          "return (view, zeros)\n");
    REQUIRE(program.range_constraints.size() == 1);
    CHECK(program.range_constraints.front().key() == "s77");
  }
}

TEST_CASE("what is asserted of a derived dimension whose root no input has goes by its own size") {
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim("rows")}, {1, 2 * Dim("half")}}}};
  options.prefer_deferred_runtime_asserts_over_guards = true;
  const Module model = Module([](const Tensor& x) { return x.reshape({-1, 3}); }).arg_names({"x"});
  const Program program = capture_program({model, {at::ones({6, 12})}, {}, options});
  const std::string graph = text(program);
  CHECK(graph.find("sym_size_int_1 = aten.sym_size.int(self=x, dim=1)\n") != graph.npos);
}

TEST_CASE("a dimension of a dynamic tensor goes in place") {
  const DynamicShapes shapes{{"x", {{0, kBatch}}}};
  const auto squeezed_last = [](const Tensor& x) { return (x + 1).squeeze_(-1); };
  CHECK(text(capture_dynamic(Module(squeezed_last), {"x"}, {at::ones({4, 1})}, shapes)) ==
        "(x)\n"
        "add = aten.add.Scalar(self=x, other=1)\n"
        "squeeze_ = aten.squeeze_.dim(self=add, dim=-1)\n"
        "return (squeeze_)\n");
  const auto squeezed_part = [](const Tensor& x) {
    return (x + 1).slice_symint(0, x.sym_size(0) - 1).squeeze_();
  };
  CHECK_NOTHROW(capture_dynamic(Module(squeezed_part), {"x"}, {at::ones({4})}, shapes));
}

TEST_CASE("a value of data is a symbol, and what was checked of it is asserted") {
  Module model([](const Tensor& x) {
    const c10::SymInt count = x.item().toSymInt();
    torch_check(count.sym_ge(2));
    torch_check(count.sym_le(9));
    return at::ones_symint({count});
  });
  const Program program = capture_dynamic(model, {"x"}, {at::tensor(std::int64_t{4})}, {});
  CHECK(text(program).find("aten._assert_scalar.default(self=ge_1, assert_msg='Runtime assertion "
                           "failed for expression u0 >= 2 on node 'ge_1''") != std::string::npos);
  const RangeConstraint& range = program.range_constraints["u0"];
  CHECK(range.min_val == 2);
  CHECK(range.max_val == 9);
}

TEST_CASE("the rows of nonzero are a symbol of data") {
  const Program program = capture_dynamic(Module([](const Tensor& x) { return at::nonzero(x); }),
                                          {"x"}, {at::ones({2, 3})}, {});
  const TensorMeta& meta = *program.graph_module.graph.find("nonzero")->tensor();
  CHECK(std::holds_alternative<SymExpr>(meta.sizes[0]));
  CHECK(program.range_constraints["u0"].max_val == 6);
}

TEST_CASE("nonzero of few elements has as many rows at most, a mask's ones are not bounded") {
  const auto bound = [](Tensor (*of)(const Tensor&), const Tensor& x) {
    return capture_dynamic(Module(of), {"x"}, {x}, {}).range_constraints["u0"].max_val;
  };
  CHECK(bound([](const Tensor& x) { return at::nonzero(x); }, at::ones({})) == 1);
  CHECK(bound([](const Tensor& x) { return at::nonzero(x); }, at::ones({2})) == 2);
  CHECK(bound([](const Tensor& x) { return x.masked_select(x > 0); }, at::ones({2})) ==
        std::numeric_limits<std::int64_t>::max() - 1);
  CHECK(bound([](const Tensor& x) { return x.masked_select(x > 0); }, at::ones({3})) == 3);
}

TEST_CASE("an open end of a slice bounds no size") {
  using at::indexing::None;
  using at::indexing::Slice;
  const Program program =
      capture_dynamic(Module([](const Tensor& x) { return x.index({Slice(4, None)}); }), {"x"},
                      {at::ones({10})}, {{"x", {{0, Dim::DYNAMIC}}}});
  const RangeConstraint& range = program.range_constraints["s77"];
  CHECK(range.min_val == 6);
  CHECK_FALSE(range.max_val);
}

TEST_CASE("a size that is read as a plain integer specialises if it may not be generalised") {
  Module model([](const Tensor& x) { return x.view({x.size(0), -1}); });
  const auto captured = [&](const Dim& dim) {
    ExportOptions options{.generalize_sizes = false, .dynamic_shapes = {{"x", {{0, dim}}}}};
    model.arg_names({"x"});
    return capture_program({model, {at::ones({4, 6})}, {}, std::move(options)});
  };
  const Program program = captured(Dim::AUTO);
  CHECK(program.guards_code == std::vector<std::string>{"L['x'].size()[0] == 4"});
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0].find("L['x'].size()[0]") != std::string::npos);
  CHECK_THROWS_WITH_AS(
      capture_dynamic(model, {"x"}, {at::ones({4, 6})}, {{"x", {{0, Dim::AUTO}}}}, true),
      doctest::Contains("reads the dynamic size s77 as a plain integer"), CaptureError);
  CHECK_THROWS_WITH_AS(captured(kBatch), doctest::Contains("Constraints violated (batch)!"),
                       CaptureError);
}

TEST_CASE("strict finds a size that came in by a side door") {
  // The capture sees no read: the size was taken from the example input beforehand.
  const Tensor example = at::ones({4, 6});
  Module model([example](const Tensor& x) { return x.sum(0) * example.size(0); });
  CHECK_NOTHROW(capture_dynamic(model, {"x"}, {example}, {{"x", {{0, kBatch}}}}, true));
  int calls = 0;
  Module counting([&calls](const Tensor& x) { return x + static_cast<double>(++calls); });
  CHECK_THROWS_WITH_AS(capture_dynamic(counting, {"x"}, {example}, {{"x", {{0, kBatch}}}}, true),
                       doctest::Contains("strict: forward does something else"), CaptureError);
}

TEST_CASE("an integer input may be a symbol, and is a constant otherwise") {
  Module model([](const Tensor& x, const c10::SymInt& n) { return x.new_zeros_symint({n}); });
  const Program dynamic =
      capture_dynamic(model, {"x", "n"}, {at::ones({2}), 5}, {{"x", {}}, {"n", Dim::DYNAMIC}});
  CHECK(text(dynamic).starts_with("(x, n)\n"));
  CHECK(dynamic.graph_module.graph.find("n")->kind() == ValueKind::sym_int);
  const Program fixed = capture_dynamic(model, {"x", "n"}, {at::ones({2}), 5}, {});
  CHECK(text(fixed).starts_with("(x, 5)\n"));
}

TEST_CASE("an operator without a rule is found by running it at other sizes, or refused") {
  const Program program =
      capture_dynamic(Module([](const Tensor& x) { return at::triu_indices(3, 3).sum() + x; }),
                      {"x"}, {at::ones({4})}, {{"x", {{0, kBatch}}}});
  CHECK(
      std::holds_alternative<SymExpr>(program.graph_module.graph.find("add")->tensor()->sizes[0]));
}

TEST_CASE("floats and conditions of data are calculated with") {
  const Program program =
      capture_dynamic(Module([](const Tensor& x, const Tensor& n) {
                        const c10::SymInt count = n.item().toSymInt();
                        torch_check(sym_or({count.sym_eq(2), count.sym_eq(3)}));
                        return at::add(x, at::Scalar(x.max().item().toSymFloat() * 2));
                      }),
                      {"x", "n"}, {at::ones({4}), at::scalar_tensor(3, at::kLong)}, {});
  CHECK(text(program).find("mul = _operator.mul(") != std::string::npos);
  CHECK(text(program).find("_assert_scalar") != std::string::npos);
}

TEST_CASE("powers are calculated in the program") {
  const Program program = capture_dynamic(
      Module([](const Tensor& x, const Tensor& n) {
        return at::add(x, at::Scalar(sym_pow(n.item().toSymInt(), 3) + sym_pow(2, 5)));
      }),
      {"x", "n"}, {at::ones({4}), at::scalar_tensor(3, at::kLong)}, {});
  CHECK(text(program).find(
            "pow_1 = _operator.pow(a=item, b=3)\nadd = _operator.add(a=pow_1, b=32)") !=
        std::string::npos);
  CHECK(sym_pow(-3, 3) == -27);
  CHECK(sym_pow(7, 0) == 1);
  CHECK_THROWS_AS(sym_pow(10, 19), Error);
  CHECK_THROWS_AS(sym_pow(2, -1), Error);
}

TEST_CASE("a slice that only data bounds has a length and a beginning of its own") {
  const Program program = capture_dynamic(
      Module([](const Tensor& x, const Tensor& n) {
        return x.slice_symint(0, n[0].item().toSymInt(), n[1].item().toSymInt(), 2) + 1;
      }),
      {"x", "n"}, {at::ones({10, 3}), at::tensor({3, 6})}, {});
  const std::string graph = text(program);
  CHECK(
      graph.find("sym_size_int = aten.sym_size.int(self=slice_1, dim=0)\n"
                 "sym_storage_offset_default = aten.sym_storage_offset.default(self=slice_1)\n") !=
      std::string::npos);
  REQUIRE(program.range_constraints.size() == 4);
  CHECK(program.range_constraints["u2"].min_val == 0);
  CHECK(program.range_constraints["u2"].max_val == 10);
  CHECK(program.range_constraints["u3"].min_val == 0);
}

TEST_CASE("what was checked of a condition of data is asserted") {
  Module model([](const Tensor& x, const Tensor& flag) {
    torch_check(flag.item().toSymBool());
    return x * 2;
  });
  const Program program =
      capture_dynamic(model, {"x", "flag"}, {at::ones({3}), at::ones({}, at::kBool)}, {});
  CHECK(text(program) ==
        "(x, flag)\n"
        "item = aten.item.default(self=flag)\n"
        "sym_ite = torch.sym_ite(b=item, t=1, f=0)\n"
        "ge = _operator.ge(a=sym_ite, b=1)\n"
        " = aten._assert_scalar.default(self=ge, assert_msg='Runtime assertion failed for "
        "expression u0 >= 1 on node 'ge'')\n"
        "le = _operator.le(a=sym_ite, b=1)\n"
        " = aten._assert_scalar.default(self=le, assert_msg='Runtime assertion failed for "
        "expression u0 <= 1 on node 'le'')\n"
        "eq = _operator.eq(a=sym_ite, b=1)\n"
        " = aten._assert_scalar.default(self=eq, assert_msg='Runtime assertion failed for "
        "expression Eq(u0, 1) on node 'eq'')\n"
        "mul = aten.mul.Scalar(self=x, other=2)\n"
        "return (mul)\n");
}

TEST_CASE("rounding and shifts work on plain numbers alike, and refuse what does not fit") {
  CHECK(sym_round(2.5) == 2);
  CHECK(sym_round(3.5) == 4);
  CHECK(sym_lshift(3, 2) == 12);
  CHECK(sym_rshift(-5, 1) == -3);
  CHECK_THROWS_AS(sym_round(1e300), c10::Error);
  CHECK_THROWS_AS(sym_lshift(std::int64_t{1} << 60, 10), Error);
  CHECK_THROWS_AS(sym_rshift(1, -1), Error);
  const Module model([](const Tensor& x) {
    const c10::SymInt half = sym_round(sym_float(x.sym_size(0)) / 2.0);
    return at::zeros_symint({half, sym_lshift(x.sym_size(0), 2), sym_rshift(x.sym_size(0), 1)});
  });
  const Program program =
      capture_dynamic(model, {"x"}, {at::ones({8})}, {{"x", {{0, Dim("n", 5, 10)}}}});
  CHECK(text(program) ==
        "(x)\n"
        "sym_size_int_1 = aten.sym_size.int(self=x, dim=0)\n"
        "sym_float = torch.sym_float(a=sym_size_int_1)\n"
        "truediv = _operator.truediv(a=sym_float, b=2.0)\n"
        "round_1 = builtins.round(number=truediv, ndigits=None)\n"
        "lshift = _operator.lshift(a=sym_size_int_1, b=2)\n"
        "rshift = _operator.rshift(a=sym_size_int_1, b=1)\n"
        "zeros = aten.zeros.default(size=[round_1, lshift, rshift])\n"
        "return (zeros)\n");
}

TEST_CASE("an assertion that the graph cannot hold refuses the program") {
  Module model([](const Tensor& x) {
    const c10::SymInt n = x.item().toSymInt();
    torch_check(sym_round(sym_float(n) / 2.0).sym_ne(7));
    return x * 2;
  });
  CHECK_THROWS_AS(capture_dynamic(model, {"x"}, {at::scalar_tensor(5, at::kLong)}, {}),
                  UnsupportedError);
}

TEST_CASE("a mask of all dimensions is followed by no more") {
  const Module model([](const Tensor& x) {
    return at::index(x, {std::optional<Tensor>(x.gt(0)), std::nullopt});
  });
  CHECK_THROWS_AS(capture_dynamic(model, {"x"}, {at::ones({2, 3, 1})}, {}), CaptureError);
}

TEST_CASE("an assertion that does not hold of what is known refuses the program") {
  const Module model([](const Tensor& x) {
    at::_assert_scalar(x.size(0) == 2, "two rows");
    return x * 2;
  });
  CHECK_NOTHROW(capture_dynamic(model, {"x"}, {at::ones({2})}, {}));
  CHECK_THROWS_WITH_AS(capture_dynamic(model, {"x"}, {at::ones({3})}, {}),
                       doctest::Contains("two rows"), CaptureError);
}
