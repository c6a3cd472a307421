#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/meta_kernel.h>
#include <roundtrip/symbolic.h>
#include <torch/library.h>

#include <optional>
#include <string>
#include <tuple>

#include "export/capture/capture.h"
#include "export/program/print/print.h"

namespace roundtrip {
namespace {

using at::Tensor;

// Operators of a library whose results data decides.

Tensor rows_above(const Tensor& x, double threshold) {
  return x.index({x.select(1, 0) > threshold});
}

Tensor rows_above_meta(const Tensor& x, double) {
  return x.new_empty_symint({new_dynamic_size(), x.sym_size(1)});
}

Tensor pairs_of_rows(const Tensor& x, const Tensor& count) {
  return x.narrow(0, 0, 2 * count.item<std::int64_t>()).clone();
}

Tensor pairs_of_rows_meta(const Tensor& x, const Tensor&) {
  return x.new_empty_symint({new_dynamic_size(0, 4) * 2, x.sym_size(1)});
}

std::int64_t largest(const Tensor& x) {
  return x.max().item<std::int64_t>();
}

c10::SymInt largest_meta(const Tensor&) {
  return new_dynamic_size(1, 100);
}

std::tuple<Tensor, c10::SymInt> halves(const Tensor& x) {
  return {x.narrow_symint(0, 0, x.sym_size(0) / 2).clone(), x.sym_size(0) / 2};
}

std::tuple<Tensor, c10::SymInt> halves_meta(const Tensor& x) {
  const c10::SymInt half = x.sym_size(0) / 2;
  return {x.new_empty_symint({half}), half};
}

TORCH_LIBRARY(sized_by_data, library) {
  library.def("undeclared(Tensor x, float threshold) -> Tensor");
  library.impl("undeclared", c10::DispatchKey::CPU, rows_above);
  library.def("undeclared_number(Tensor x) -> int");
  library.impl("undeclared_number", c10::DispatchKey::CPU, largest);
  library.def("composite(Tensor x, float threshold) -> Tensor", rows_above);
  library.def("same_size(Tensor x) -> Tensor", [](const Tensor& x) { return x.sin(); });
  library.def("rows_above(Tensor x, float threshold) -> Tensor");
  library.impl("rows_above", c10::DispatchKey::CPU, rows_above);
  library.impl("rows_above", c10::DispatchKey::Meta, rows_above_meta);
  library.def("pairs_of_rows(Tensor x, Tensor count) -> Tensor");
  library.impl("pairs_of_rows", c10::DispatchKey::CPU, pairs_of_rows);
  library.impl("pairs_of_rows", c10::DispatchKey::Meta, pairs_of_rows_meta);
  library.def("largest(Tensor x) -> SymInt");
  library.impl("largest", c10::DispatchKey::CPU,
               [](const Tensor& x) { return c10::SymInt(largest(x)); });
  library.impl("largest", c10::DispatchKey::Meta, largest_meta);
  library.def("halves(Tensor x) -> (Tensor, SymInt)");
  library.impl("halves", c10::DispatchKey::CPU, halves);
  library.impl("halves", c10::DispatchKey::Meta, halves_meta);
  library.def("wrong(Tensor x) -> Tensor");
  library.impl("wrong", c10::DispatchKey::CPU, [](const Tensor& x) { return at::cat({x, x}); });
  library.impl("wrong", c10::DispatchKey::Meta, [](const Tensor& x) { return at::empty_like(x); });
  library.def("twice(Tensor(a!) x) -> Tensor(a!)");
  library.impl("twice", c10::DispatchKey::CPU, [](Tensor x) { return x.mul_(2); });
  library.def("grow(Tensor(a!) x) -> ()");
  library.impl("grow", c10::DispatchKey::CPU, [](Tensor x) { x.resize_({x.size(0) + 1}); });
  library.def("unbound(Tensor x) -> Tensor");
  library.impl("unbound", c10::DispatchKey::CPU, [](const Tensor& x) { return at::cat({x, x}); });
  library.impl("unbound", c10::DispatchKey::Meta, [](const Tensor& x) {
    return x.new_empty_symint({new_dynamic_size() + x.sym_size(0)});
  });
}

/// The program as Python prints it, of a model of `x`, whose first size may be dynamic.
std::string printed(Module model, Values args, const std::optional<Dim>& dim = std::nullopt) {
  ExportOptions options;
  if (dim) options.dynamic_shapes = {{"x", {{0, *dim}}}};
  model.arg_names(args.size() == 1 ? std::vector<std::string>{"x"}
                                   : std::vector<std::string>{"x", "y"});
  return print_program(capture_program({std::move(model), std::move(args), {}, options}));
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

template <typename Signature>
auto operator_of(const std::string& name) {
  return c10::Dispatcher::singleton()
      .findSchemaOrThrow(("sized_by_data::" + name).c_str(), "")
      .typed<Signature>();
}

Module unary(const std::string& name) {
  return Module(
      [op = operator_of<Tensor(const Tensor&)>(name)](const Tensor& x) { return op.call(x); });
}

Module thresholded(const std::string& name) {
  return Module([op = operator_of<Tensor(const Tensor&, double)>(name)](const Tensor& x) {
    return op.call(x, 0.5) + 1;
  });
}

Values rows() {
  return {at::tensor({0.1, 0.2, 0.9, 0.3, 0.7, 0.4}).view({3, 2})};
}

}  // namespace

TEST_CASE("an operator that no kernel of shapes speaks for is refused") {
  CHECK_THROWS_WITH_AS(printed(thresholded("undeclared"), rows()),
                       doctest::Contains("neither a Meta nor a composite kernel"), CaptureError);
  const auto op = operator_of<std::int64_t(const Tensor&)>("undeclared_number");
  Module model([op](const Tensor& x) { return x + op.call(x); });
  CHECK_THROWS_WITH_AS(printed(model, {at::tensor({1, 5})}),
                       doctest::Contains("TORCH_LIBRARY_IMPL(sized_by_data, Meta"), CaptureError);
}

TEST_CASE("a composite operator that reads data is refused, another is captured") {
  CHECK_THROWS_WITH_AS(printed(thresholded("composite"), rows()),
                       doctest::Contains("aten::index.Tensor depends on the data"), CaptureError);
  const std::string program = printed(unary("same_size"), {at::ones({3})}, Dim("n"));
  CHECK(contains(program, "same_size: \"f32[s77]\""));
}

TEST_CASE("sizes that data decides are symbols") {
  const std::string program = printed(thresholded("rows_above"), rows());
  CHECK(contains(program, "rows_above: \"f64[u0, 2]\""));
  CHECK(contains(program, "add: \"f64[u0, 2]\""));
  CHECK(contains(program, "u0 >= 0"));
}

TEST_CASE("a symbol is found in a multiple of it") {
  const auto op = operator_of<Tensor(const Tensor&, const Tensor&)>("pairs_of_rows");
  Module model([op](const Tensor& x, const Tensor& count) { return op.call(x, count); });
  const std::string program = printed(model, {at::ones({8, 3}), at::tensor(3)});
  CHECK(contains(program, "pairs_of_rows: \"f32[2*u0, 3]\""));
  CHECK(contains(program, "floordiv: \"Sym(u0)\" = sym_size_int // 2"));
  CHECK(contains(program, "le: \"Sym(u0 <= 4)\" = floordiv <= 4"));
  // In this run the operator gives more than it says.
  CHECK_THROWS_WITH_AS(printed(model, {at::ones({20, 3}), at::tensor(5)}),
                       doctest::Contains("does not say what the operator returns"), CaptureError);
}

TEST_CASE("numbers of data and of sizes are nodes") {
  const auto op = operator_of<c10::SymInt(const Tensor&)>("largest");
  Module model([op](const Tensor& x) { return at::zeros_symint({op.call(x) + 1}); });
  const std::string program = printed(model, {at::tensor({2, 5})});
  CHECK(contains(program, "largest: \"Sym(u0)\" = torch.ops.sized_by_data.largest.default(x)"));
  CHECK(contains(program, "zeros: \"f32[u0 + 1]\""));

  const auto halved = operator_of<std::tuple<Tensor, c10::SymInt>(const Tensor&)>("halves");
  Module sized([halved](const Tensor& x) {
    const auto [half, size] = halved.call(x);
    return half + at::ones_symint({size});
  });
  const std::string of_sizes = printed(sized, {at::ones({6})}, Dim("n", 4, 20));
  CHECK(contains(of_sizes, "ones: \"f32[(s77//2)]\""));
}

TEST_CASE("what a Meta kernel says has to be so") {
  CHECK_THROWS_WITH_AS(printed(unary("wrong"), {at::ones({3})}),
                       doctest::Contains("sizes [3], in this run they have [6]"), CaptureError);
  CHECK_THROWS_WITH_AS(printed(unary("unbound"), {at::ones({3})}),
                       doctest::Contains("makes the size u0, which is no size of a result"),
                       CaptureError);
  CHECK_THROWS_AS(new_dynamic_size(), Error);
}

TEST_CASE("operators that only write need not say anything, and must not resize") {
  const auto twice = operator_of<Tensor(Tensor)>("twice");
  Module model([twice](const Tensor& x) { return twice.call(x.clone()); });
  CHECK(contains(printed(model, {at::ones({3})}, Dim("n")), "twice: \"f32[s77]\""));
  const auto grow = operator_of<void(Tensor)>("grow");
  Module resizing([grow](const Tensor& x) {
    const Tensor copy = x.clone();
    grow.call(copy);
    return copy;
  });
  CHECK_THROWS_WITH_AS(printed(resizing, {at::ones({3})}), doctest::Contains("which resizes"),
                       CaptureError);
}

}  // namespace roundtrip
