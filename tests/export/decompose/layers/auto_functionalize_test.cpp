#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/decompositions.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <torch/library.h>

#include <string>

namespace roundtrip {
namespace {

using at::Tensor;
using Tensors = std::vector<Tensor>;

void add_to(Tensor x, const Tensor& y, std::int64_t times) {
  x.add_(y, times);
}

std::tuple<Tensor, Tensor> add_to_all(const Tensor& y, const std::optional<Tensor>& x,
                                      const Tensors& zs, double scale) {
  if (x) x->mul_(scale);
  for (const Tensor& z : zs) z.add_(y);
  return {y * scale, zs[0]};
}

TORCH_LIBRARY(writing_ops, library) {
  library.def("add_to(Tensor(a!) x, Tensor y, int times=2) -> ()");
  library.impl("add_to", c10::DispatchKey::CPU, add_to);
  library.def(
      "add_to_all(Tensor y, Tensor(a!)? x, Tensor(b!)[] zs, *, float scale=1.0) -> "
      "(Tensor, Tensor)");
  library.impl("add_to_all", c10::DispatchKey::CPU, add_to_all);
  library.impl("add_to_all", c10::DispatchKey::Meta, add_to_all);
}

void call_add_to(const Tensor& x, const Tensor& y, std::int64_t times) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("writing_ops::add_to", "")
                             .typed<void(Tensor, const Tensor&, std::int64_t)>();
  op.call(x, y, times);
}

auto call_add_to_all(const Tensor& y, const std::optional<Tensor>& x, const Tensors& zs,
                     double scale) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("writing_ops::add_to_all", "")
          .typed<std::tuple<Tensor, Tensor>(const Tensor&, const std::optional<Tensor>&,
                                            const Tensors&, double)>();
  return op.call(y, x, zs, scale);
}

/// The line of the program's text that calls the operator.
std::string call_in(const ExportedProgram& program) {
  const std::string text = program.str();
  const auto begin = text.find("auto_functionalized_v2 = ");
  return begin == std::string::npos ? text : text.substr(begin, text.find(";", begin) - begin);
}

/// Decomposes, saves and loads the program and demands that it does what the model does,
/// to its inputs, too.
ExportedProgram checked(const Module& model, const std::function<Values()>& inputs) {
  auto core = export_program(model, inputs()).run_decompositions();
  const Values expected = inputs(), given = inputs(), again = inputs();
  const Value result = model(expected);
  const auto same = [&](const Value& other, const Values& written) {
    CHECK(bitwise_equal(other, result));
    CHECK(bitwise_equal(Value::tuple(written), Value::tuple(expected)));
  };
  same(core.run(given), given);
  same(load(save(core), {.allowed = {.all = true}}).run(again), again);
  return core;
}

}  // namespace

TEST_CASE("a write of a custom operator becomes a result") {
  Module model([](const Tensor& x) {
    call_add_to(x, x + 1, 2);
    return x * 2;
  });
  const auto core = checked(model.arg_names({"x"}), [] { return Values{at::ones({5})}; });
  CHECK(call_in(core) ==
        "auto_functionalized_v2 = torch.ops.higher_order.auto_functionalized_v2(torch.ops."
        "writing_ops.add_to.default, y = add, times = 2, _x_base_index = 0, _all_bases = [x])");
}

TEST_CASE("views are told by their bases") {
  const auto inputs = [] { return Values{at::arange(15, at::kFloat).view({3, 5})}; };
  Module slice([](const Tensor& x) {
    call_add_to(x.slice(0, 1), x[0].clone(), 3);
    return x * 2;
  });
  CHECK(call_in(checked(slice.arg_names({"x"}), inputs))
            .find("_x_base_index = 0, _x_slice_dim = 0, _x_slice_start = 1, _x_slice_end = 3, "
                  "_all_bases = [x]") != std::string::npos);

  Module row([](const Tensor& x) {
    const Tensor y = x + 1;
    call_add_to(y[1], y[0].clone(), 3);
    return y;
  });
  CHECK(call_in(checked(row, inputs))
            .find("_x_base_index = 0, _x_size = [5], _x_stride = [1], _x_storage_offset = 5, "
                  "_all_bases = [add]") != std::string::npos);

  Module whole([](const Tensor& x) {
    call_add_to(at::alias(x), at::ones({5}), 1);
    return x * 2;
  });
  CHECK(call_in(checked(whole, inputs)).find("_x_alias = True") != std::string::npos);
}

TEST_CASE("lists and optional tensors are written to") {
  const auto inputs = [] { return Values{at::ones({3, 5}), at::ones({5})}; };
  Module model([](const Tensor& x, const Tensor& y) {
    return call_add_to_all(y, std::nullopt, {x, x[0]}, 2.0);
  });
  const auto core = checked(model.arg_names({"x", "y"}), inputs);
  CHECK(call_in(core) ==
        "auto_functionalized_v2 = torch.ops.higher_order.auto_functionalized_v2(torch.ops."
        "writing_ops.add_to_all.default, y = y, scale = 2.0, _x_base_index = None, _zs_length = 2, "
        "_zs_0_base_index = 0, _zs_1_base_index = 0, _zs_1_size = [5], _zs_1_stride = [1], "
        "_zs_1_storage_offset = 0, _all_bases = [x])");

  Module both([](const Tensor& x, const Tensor& y) { return call_add_to_all(y + 1, y, {x}, 3.0); });
  checked(both, inputs);
}

TEST_CASE("results that nothing uses have getitems only after a program was loaded") {
  Module model([](const Tensor& x) {
    call_add_to(x, at::ones({5}), 2);
    return std::get<0>(at::max(x, 0));
  });
  const auto core = checked(model.arg_names({"x"}), [] { return Values{at::arange(5.0)}; });
  CHECK(core.str().find("_unused_") == std::string::npos);
  const auto loaded = load(save(core), {.allowed = {.all = true}});
  CHECK(loaded.str().find("max_1_unused_1: \"i64[]\" = max_1[1]") != std::string::npos);
  CHECK(save(loaded) == save(core));
}

TEST_CASE("a program with such a call is exported and decomposed again") {
  Module model([](const Tensor& x) {
    call_add_to(x[1], x[0].clone(), 3);
    return x * 2;
  });
  const auto inputs = [] { return Values{at::ones({3, 5})}; };
  const auto core = export_program(model.arg_names({"x"}), inputs()).run_decompositions();
  const auto again = checked(core.module(), inputs);
  CHECK(call_in(again) == call_in(core));
  CHECK(call_in(core.run_decompositions()) == call_in(core));
}

TEST_CASE("dynamic sizes stay dynamic") {
  Module model([](const Tensor& x) {
    call_add_to(x.select(1, 0), at::ones({1}), 3);
    return x * 2;
  });
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim("n")}}}};
  const auto core =
      export_program(model.arg_names({"x"}), {at::ones({3, 5})}, {}, options).run_decompositions();
  const Tensor given = at::ones({7, 5}), expected = at::ones({7, 5});
  const Value result = model({expected});
  CHECK(bitwise_equal(core.run({given}), result));
  CHECK(at::equal(given, expected));
}

TEST_CASE("what would read a written tensor by another name is refused") {
  Module model([](const Tensor& x) {
    call_add_to(x[1], x[0], 3);
    return x * 2;
  });
  const auto program = export_program(model, {at::ones({3, 5})});
  CHECK_THROWS_WITH_AS(program.run_decompositions(),
                       doctest::Contains("reads 'y', which shares memory with a tensor that it "
                                         "writes to"),
                       UnsupportedError);
  CHECK_THROWS_WITH(
      load(save(program)).run_decompositions(),
      doctest::Contains("operators of the namespace 'writing_ops' may not be called"));
}

}  // namespace roundtrip
