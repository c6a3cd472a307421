#include <roundtrip/vmap.h>

#include <ATen/ATen.h>
#include <ATen/functorch/DynamicLayer.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/symbolic.h>

using at::Tensor;
using namespace roundtrip;

namespace {

/// x W, a row at a time.
Module rows(const Tensor& weight) {
  return Module([weight](const Tensor& x) {
           return vmap([&](const Tensor& row) { return row.matmul(weight).relu(); }, {x});
         })
      .arg_names({"x"});
}

std::string targets(const ExportedProgram& program) {
  std::string text;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    text += node.target().substr(node.target().find('.', 12) + 1) + " ";
  }
  return text;
}

void check_same(const ExportedProgram& program, const Module& model, const Values& inputs) {
  CHECK(at::allclose(program.run(inputs).tensor(), model(inputs).tensor()));
}

}  // namespace

TEST_CASE("vmap calls a function on all slices at once") {
  const Tensor weight = at::randn({4, 2}), x = at::randn({3, 4});
  CHECK(at::allclose(rows(weight)({x}).tensor(), x.matmul(weight).relu()));

  const auto outer = [](const Tensor& a, const Tensor& b) {
    return vmap([&](const Tensor& c) { return a * c; }, {b});
  };
  const Tensor b = at::randn({5});
  CHECK(at::allclose(vmap(outer, {x, b}, {.in_dims = {0, std::nullopt}}),
                     x.unsqueeze(1) * b.unsqueeze(1)));
  CHECK(vmap([](const Tensor& row) { return row * 2; }, {x}, {.in_dims = {1}, .out_dim = 1})
            .equal(x * 2));
  CHECK(vmap([](const Tensor&) { return at::ones({2}); }, {x}).sizes() == at::IntArrayRef({3, 2}));
}

TEST_CASE("an exported vmap is what Python records, runs, and is exported again") {
  const Tensor weight = at::randn({4, 2});
  const Module model = rows(weight);
  const auto program = export_program(model, {at::randn({3, 4})});
  CHECK(targets(program) ==
        "predispatch.lazy_load_decompositions predispatch._vmap_increment_nesting "
        "predispatch._add_batch_dim matmul.default relu.default predispatch._remove_batch_dim "
        "predispatch._vmap_decrement_nesting ");
  const Graph& graph = program.program().graph_module.graph;
  CHECK(std::get<std::int64_t>(graph.find("_add_batch_dim")->tensor()->sizes.at(0)) == 4);
  CHECK(graph.find("_remove_batch_dim")->tensor()->sizes.size() == 2);
  check_same(program, model, {at::randn({3, 4})});
  check_same(load(save(program)), model, {at::randn({3, 4})});
  const auto again = export_program(program.module(), {at::randn({3, 4})});
  CHECK(targets(again) == targets(program));
  check_same(again, model, {at::randn({3, 4})});
}

TEST_CASE("the size that a vmap maps along may be dynamic") {
  const Tensor weight = at::randn({4, 2});
  const Module model = rows(weight);
  const auto program = export_program(model, {at::randn({3, 4})}, {},
                                      {.dynamic_shapes = {{"x", {{0, Dim("rows")}}}}});
  check_same(program, model, {at::randn({3, 4})});
  check_same(program, model, {at::randn({7, 4})});
}

TEST_CASE("what vmap cannot do is refused, and leaves no trace") {
  const auto same = [](const Tensor& x, const Tensor& y) { return x + y; };
  CHECK_THROWS_WITH_AS(vmap(same, {at::ones({2}), at::ones({3})}),
                       "vmap: Expected all tensors to have the same size in the mapped dimension, "
                       "got sizes 2 and 3",
                       InputError);
  CHECK_THROWS_AS(vmap(same, {at::ones({2}), at::ones({2})}, {.in_dims = {0}}), InputError);
  const auto random = [](const Tensor& x) { return x + at::rand({}); };
  CHECK_THROWS(vmap(random, {at::ones({2})}));
  CHECK(vmap(random, {at::ones({2})}, {.randomness = "same"}).size(0) == 2);
  CHECK_FALSE(at::functorch::maybeCurrentDynamicLayer().has_value());
}

TEST_CASE("decomposing a program carries its vmaps out") {
  const Tensor weight = at::randn({4, 2});
  const Module model = rows(weight);
  for (const bool is_dynamic : {false, true}) {
    ExportOptions options;
    if (is_dynamic) options.dynamic_shapes = {{"x", {{0, Dim("rows")}}}};
    const auto program = export_program(model, {at::randn({3, 4})}, {}, options);
    const auto core = program.run_decompositions();
    CHECK(targets(core).find("predispatch") == std::string::npos);
    check_same(core, model, {at::randn({3, 4})});
    if (is_dynamic) check_same(core, model, {at::randn({7, 4})});
  }

  const Module writes([](const Tensor& x) {
    return vmap([](const Tensor& row) { return row.clone().add_(row.sum()).cos_(); }, {x});
  });
  const auto program = export_program(writes, {at::randn({3, 4})});
  check_same(program.run_decompositions(), writes, {at::randn({3, 4})});

  const Module random([](const Tensor& x) {
    return vmap([](const Tensor& row) { return row + at::rand({}); }, {x}, {.randomness = "same"});
  });
  CHECK_THROWS_AS(export_program(random, {at::randn({3})}).run_decompositions(), Error);
  CHECK_FALSE(at::functorch::maybeCurrentDynamicLayer().has_value());
}
