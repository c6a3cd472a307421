#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/decompositions.h>
#include <roundtrip/dynamic_shapes.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/modes.h>
#include <roundtrip/symbolic.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <regex>
#include <string>
#include <vector>

namespace roundtrip {
namespace {

using at::Tensor;

std::vector<std::string> targets(const ExportedProgram& program) {
  std::vector<std::string> names;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    names.push_back(node.target().substr(std::string("torch.ops.").size()));
  }
  return names;
}

using Targets = std::vector<std::string>;

/// Of the graphs that the program's nodes call, in order.
std::vector<Targets> targets_of_branches(const ExportedProgram& program) {
  std::vector<Targets> all;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    for (const NamedArgument& input : node.inputs()) {
      const auto* graph = input.arg.get<GraphArgument>();
      if (graph == nullptr) continue;
      Targets& names = all.emplace_back();
      for (const Node& inner : graph->graph->nodes()) names.push_back(inner.target().substr(10));
    }
  }
  return all;
}

Module linear_model() {
  ModuleState state;
  state.parameters.insert("weight", at::ones({4, 3}).set_requires_grad(true));
  return Module([state](const Tensor& x) { return at::linear(x, state.parameters["weight"]); },
                [state] { return state; });
}

}  // namespace

TEST_CASE("a composite operator is taken apart, and stays whole without a table") {
  const auto program = export_program(linear_model(), {at::ones({2, 3})});
  CHECK(targets(program) == Targets{"aten.linear.default"});
  CHECK(targets(program.run_decompositions()) ==
        Targets{"aten.permute.default", "aten.mm.default"});
  CHECK(targets(program.run_decompositions(DecompositionTable())) ==
        Targets{"aten.linear.default"});
  CHECK(program.run_decompositions().program().verifiers == std::vector<std::string>{"ATEN"});
}

TEST_CASE("operators can be kept, and rules added") {
  const auto program = export_program(Module([](const Tensor& x) { return at::relu(at::silu(x)); }),
                                      {at::ones({2})});
  DecompositionTable table = default_decompositions();
  table.remove("aten::silu");
  table.add("aten::relu", [](torch::jit::Stack& stack) {
    stack.emplace_back(at::clamp(torch::jit::pop(stack).toTensor(), 0));
  });
  CHECK(targets(program.run_decompositions(table)) ==
        Targets{"aten.silu.default", "aten.clamp.default"});
  CHECK_THROWS_WITH_AS(table.add("aten::no_such", {}),
                       "there is no operator 'aten::no_such' in this process", Error);
  CHECK_THROWS_AS(table.remove("aten::reshape"), Error);
}

TEST_CASE("a rule that calls its own operator leaves it") {
  const auto program =
      export_program(Module([](const Tensor& x) { return at::relu(x); }), {at::ones({2})});
  DecompositionTable table;
  table.add("aten::relu", [](torch::jit::Stack& stack) {
    stack.emplace_back(at::relu(torch::jit::pop(stack).toTensor()));
  });
  CHECK(targets(program.run_decompositions(table)) == Targets{"aten.relu.default"});
}

TEST_CASE("regions of gradient and autocast modes are dissolved") {
  const auto program = export_program(Module([](const Tensor& x) {
                                        const Autocast autocast(at::kCPU, at::kBFloat16);
                                        const GradMode no_grad(false);
                                        return at::mm(x, x);
                                      }),
                                      {at::ones({2, 2})});
  CHECK(targets(program.run_decompositions()) ==
        Targets{"aten._to_copy.default", "aten._to_copy.default", "aten.mm.default"});
}

TEST_CASE("dynamic sizes stay dynamic") {
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim("rows", 2, 16)}}}};
  Module model([](const Tensor& x) { return at::silu(x).reshape({-1}); });
  model.arg_names({"x"});
  const auto program = export_program(model, {at::ones({4, 3})}, {}, options).run_decompositions();
  CHECK(program.run({at::ones({7, 3})}).tensor().sizes() == at::IntArrayRef{21});
  CHECK_THROWS_AS(program.run({at::ones({17, 3})}), InputError);
}

TEST_CASE("a dynamic size of which the example is 1 stays dynamic") {
  ExportOptions options;
  options.dynamic_shapes = {{"x", {{0, Dim::DYNAMIC}}}};
  Module model([](const Tensor& x) { return at::linear(x, at::ones({2, 3})); });
  model.arg_names({"x"});
  const ExportedProgram program = [&] {
    const BackedSizeOblivious oblivious;
    return export_program(model, {at::ones({1, 3})}, {}, options);
  }();
  const ExportedProgram core = program.run_decompositions();
  CHECK(core.module()({at::ones({5, 3})}).tensor().equal(at::full({5, 2}, 3.0)));
}

TEST_CASE("what a program asserts of its inputs' sizes, the decomposed one asserts, too") {
  Module model([](const Tensor& x) {
    return at::silu(x.reshape_symint({x.sym_size(0) - 1, 4, -1}));
  });
  model.arg_names({"x"});
  ExportOptions options;
  options.dynamic_shapes = {{"x", {Dim("dx"), Dim("dy")}}};
  options.prefer_deferred_runtime_asserts_over_guards = true;
  const auto program = export_program(model, {at::ones({10, 72})}, {}, options);
  for (const auto& each : {program, program.run_decompositions()}) {
    CHECK(each.run({at::ones({8, 7})}).tensor().sizes() == at::IntArrayRef{7, 4, 2});
    CHECK_THROWS_WITH_AS(each.run({at::ones({8, 8})}),
                         doctest::Contains("Runtime assertion failed for expression Eq(Mod("),
                         ExecutionError);
  }
}

TEST_CASE("module() is the program as a model, and exports to the same program") {
  const auto program = export_program(linear_model(), {at::ones({2, 3})});
  const Module module = program.module();
  CHECK(at::equal(module({at::ones({2, 3})}).tensor(), at::full({2, 4}, 3.0)));
  const ModuleState state = module.state();
  REQUIRE(state.parameters.size() == 1);
  CHECK(state.parameters["weight"].is_same(
      std::get<Tensor>(program.program().weights["weight"].data)));
  CHECK(export_program(module, {at::ones({2, 3})}).str() == program.str());
  CHECK_THROWS_AS(module({at::ones({2, 5})}), InputError);
}

TEST_CASE("a program without example inputs is decomposed by what it says of them") {
  Module model([](const Tensor& x) { return at::silu(x.view_symint({-1, x.sym_size(1) / 2})); });
  model.arg_names({"x"});
  auto program =
      export_program(model, {at::ones({2, 6})}, {}, {.dynamic_shapes = {{"x", {{0, Dim::AUTO}}}}});
  program.edit([](Program& edited) { edited.example_inputs = {}; });
  const auto result = program.run_decompositions();
  CHECK_FALSE(result.example_inputs());
  CHECK(targets(result) == Targets{"aten.view.default", "aten.sigmoid.default", "aten.mul.Tensor"});
  CHECK(result.run({at::ones({5, 6})}).tensor().sizes() == at::IntArrayRef{10, 3});
}

TEST_CASE("branches of control flow are taken apart, too") {
  const auto silu = [](const Tensor& x) { return at::silu(x); };
  const auto add_in_place = [](const Tensor& x) { return x.clone().add_(1); };
  const Module model([=](const Tensor& x) { return cond(x.sum() > 0, silu, add_in_place, {x}); });
  const auto program = export_program(model, {at::ones({2, 3})});
  const auto result = program.run_decompositions();
  const auto branches = targets_of_branches(result);
  REQUIRE(branches.size() == 2);
  CHECK(branches[0] == Targets{"aten.sigmoid.default", "aten.mul.Tensor"});
  CHECK(branches[1] == Targets{"aten.clone.default", "aten.add.Scalar"});
  for (const double sign : {1.0, -1.0}) {
    const Tensor x = at::full({2, 3}, sign);
    CHECK(at::allclose(result.run({x}).tensor(), program.run({x}).tensor()));
  }
}

TEST_CASE("branches whose results nothing uses are dropped, unless they do something else") {
  const auto of_unused = [](const std::function<Tensor(const Tensor&)>& branch) {
    const Module model([=](const Tensor& x) {
      cond(x.sum() > 0, branch, [](const Tensor& y) { return y.cos(); }, {x});
      return x + 1;
    });
    return targets(export_program(model, {at::ones({2})}).run_decompositions());
  };
  CHECK(of_unused([](const Tensor& x) { return x.sin(); }) == Targets{"aten.add.Scalar"});
  const Targets random = of_unused([](const Tensor& x) { return at::rand_like(x); });
  CHECK(std::count(random.begin(), random.end(), "higher_order.cond") == 1);
  const Targets asserts = of_unused([](const Tensor& x) {
    at::_assert_async(x.sum() > 1, "too small");
    return x.sin();
  });
  CHECK(std::count(asserts.begin(), asserts.end(), "higher_order.cond") == 1);
}

TEST_CASE("a symbolic number in a tensor's place stays the size that it is") {
  Module model([](const Tensor& x) { return at::mul(x, at::Scalar(x.sym_size(0) * 2)).add(1); });
  model.arg_names({"x"});
  auto program =
      export_program(model, {at::ones({3, 2})}, {}, {.dynamic_shapes = {{"x", {{0, Dim::AUTO}}}}});
  // As Python has it.
  program.edit([](Program& edited) {
    for (Node& node : edited.graph_module.graph.nodes()) {
      if (node.target() == "torch.ops.aten.mul.Scalar")
        node.set_target("torch.ops.aten.mul.Tensor");
    }
  });
  const auto result = program.run_decompositions();
  CHECK(targets(result).back() == "aten.add.Scalar");
  CHECK(at::equal(result.run({at::ones({5, 2})}).tensor(), at::full({5, 2}, 11.0)));
}

namespace {

std::string error_at(const ExportedProgram& program, const Values& args) {
  try {
    program.run(args);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("what a program asserts of its sizes stays an assertion") {
  Module model([](const Tensor& x) { return x.view_symint({x.sym_size(1), -1}); });
  model.arg_names({"x"});
  const auto program = export_program(model, {at::ones({42, 20, 2})}, {},
                                      {.dynamic_shapes = {{"x", {{0, Dim("batch")}}}},
                                       .prefer_deferred_runtime_asserts_over_guards = true});
  const auto core = program.run_decompositions();
  CHECK(error_at(core, {at::ones({20, 20, 2})}).find("Ne(s77, 20)") != std::string::npos);
  CHECK(core.run({at::ones({63, 20, 2})}).tensor().size(0) == 20);
}

TEST_CASE("inputs have sizes that are products of others', and such that are at most 2") {
  Module flat([](const Tensor& x, const Tensor& y) { return x.reshape({-1}) + y; });
  flat.arg_names({"x", "y"});
  const auto program = export_program(
      flat, {at::ones({4, 6}), at::ones({24})}, {},
      {.dynamic_shapes = {{"x", {Dim::DYNAMIC, Dim::DYNAMIC}}, {"y", {Dim::DYNAMIC}}}});
  const auto core = program.run_decompositions();
  CHECK(core.run({at::ones({3, 5}), at::ones({15})}).tensor().size(0) == 15);
  CHECK(error_at(core, {at::ones({3, 5}), at::ones({16})}).starts_with("Guard failed: "));

  const auto small =
      export_program(Module([](const Tensor& x) { return x * 2; }).arg_names({"x"}),
                     {at::ones({2})}, {}, {.dynamic_shapes = {{"x", {{0, Dim("dx", 1, 2)}}}}})
          .run_decompositions();
  for (const std::int64_t size : {1, 2})
    CHECK(small.run({at::ones({size})}).tensor().size(0) == size);
}

TEST_CASE("attention is taken apart, also where several queries share a key") {
  for (const std::int64_t heads : {8, 2}) {
    const Module model([=](const Tensor& q, const Tensor& k, const Tensor& v) {
      return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/true, std::nullopt,
                                              /*enable_gqa=*/heads != 8);
    });
    const Values inputs{at::randn({2, 8, 4, 6}), at::randn({2, heads, 4, 6}),
                        at::randn({2, heads, 4, 6})};
    const auto core = export_program(model, inputs).run_decompositions();
    for (const std::string& target : targets(core)) {
      CHECK(target.find("scaled_dot_product") == std::string::npos);
    }
    CHECK(at::allclose(core.run(inputs).tensor(), model(inputs).tensor(), 1e-4, 1e-5));
  }
}

TEST_CASE("pad_sequence is taken apart with sizes that stay dynamic") {
  for (const bool batch_first : {false, true}) {
    Module model([=](const Tensor& x, const Tensor& y) {
      return at::pad_sequence({x, y}, batch_first, 0.5, batch_first ? "left" : "right");
    });
    model.arg_names({"x", "y"});
    const auto program =
        export_program(model, {at::rand({5, 2}), at::rand({3, 2})}, {},
                       {.dynamic_shapes = {{"x", {{0, Dim::DYNAMIC}}}, {"y", {{0, Dim::DYNAMIC}}}}})
            .run_decompositions();
    for (const std::int64_t size : {4, 7}) {
      const Values args{at::rand({5, 2}), at::rand({size, 2})};
      CHECK(bitwise_equal(program.run(args), model(args)));
    }
  }
}

TEST_CASE("a roll by more than the size stays within it") {
  for (const std::int64_t shift : {-7, -1, 0, 2, 3, 5}) {
    const Module model([=](const Tensor& x) { return at::roll(x, {shift, 2 * shift}, {0, -1}); });
    const Tensor x = at::rand({3, 2});
    const auto program = export_program(model, {x}).run_decompositions();
    CHECK(bitwise_equal(program.run({x}), model({x})));
  }
}

TEST_CASE("operators are taken apart into such as give the same types") {
  const Tensor whole = at::arange(-2, 4, at::kInt), real = at::rand({6});
  const std::vector<Module> models{
      Module([](const Tensor& x, const Tensor&) { return at::heaviside(x, x); }),
      Module([](const Tensor& x, const Tensor&) { return at::logit(x, 0.1); }),
      Module([](const Tensor& x, const Tensor& y) {
        return at::pad_sequence({x, y});
      }),
      Module([](const Tensor& x, const Tensor&) { return at::addcmul(x, x, x, 2); })};
  for (const Module& model : models) {
    const auto program = export_program(model, {whole, real}).run_decompositions();
    CHECK(allclose(program.run({whole, real}), model({whole, real})));
  }
}

TEST_CASE("numbers of half precision are computed in single precision, and rounded once") {
  const std::vector<Module> models{
      Module([](const Tensor& x) { return at::silu(x); }),
      Module([](const Tensor& x) { return at::celu(x, 1.3); }),
      Module([](const Tensor& x) { return at::mish(x); }),
      Module([](const Tensor& x) { return at::glu(x, 1); }),
      Module([](const Tensor& x) { return at::hardswish(x); }),
      Module([](const Tensor& x) { return at::hardsigmoid(x); }),
      Module([](const Tensor& x) { return at::log_sigmoid(x); }),
      Module([](const Tensor& x) { return at::softplus(x, 1.7, 1); }),
      Module([](const Tensor& x) { return at::addcmul(x, x, x, 0.3); }),
      Module([](const Tensor& x) { return at::addcdiv(x, x, at::exp(x), 0.3); }),
      Module([](const Tensor& x) { return at::lerp(x, at::exp(x), 0.3); }),
      Module([](const Tensor& x) { return at::lerp(x, at::exp(x), x); }),
      Module([](const Tensor& x) { return at::std(x, 1); }),
      Module([](const Tensor& x) { return at::binary_cross_entropy_with_logits(x, x, {}, {}, 0); }),
      Module([](const Tensor& x) {
        const Tensor square = at::unsqueeze(at::matmul(x, at::t(x)), 0);
        return at::baddbmm(square, square, square, 0.3, 0.7);
      })};
  for (const auto dtype : {at::kHalf, at::kBFloat16}) {
    at::manual_seed(0);
    const Tensor x = at::randn({6, 50}).to(dtype);
    for (std::size_t i = 0; i < models.size(); ++i) {
      CAPTURE(i);
      const auto program = export_program(models[i], {x}).run_decompositions();
      CHECK(at::equal(program.run({x}).tensor(), models[i]({x}).tensor()));
    }
  }
  // Places that half precision cannot count.
  const Module wider(
      [](const Tensor& x) { return at::upsample_linear1d(x, {x.size(2) * 2}, false); });
  const Tensor image = at::remainder(at::arange(3000), 7).reshape({1, 1, -1}).to(at::kHalf);
  const auto program = export_program(wider, {image}).run_decompositions();
  CHECK(at::allclose(program.run({image}).tensor(), wider({image}).tensor(), 1e-2, 1e-2));
}

// As Python casts them.
TEST_CASE("arguments and results of half precision are cast by their type alone") {
  const Tensor row = at::ones({3}, at::kHalf), image = at::ones({1, 1, 4, 4}, at::kHalf);
  const auto casts = [](const Module& model, const Tensor& x) {
    std::vector<std::size_t> inputs;
    const auto program = export_program(model, {x}).run_decompositions();
    for (const Node& node : program.program().graph_module.graph.nodes()) {
      if (node.target() == "torch.ops.aten._to_copy.default")
        inputs.push_back(node.inputs().size());
    }
    return inputs;
  };
  using Inputs = std::vector<std::size_t>;
  const Module product([](const Tensor& x) { return at::dot(x, x); });
  CHECK(casts(product, row) == Inputs{2, 2, 2});
  const Module larger([](const Tensor& x) {
    const std::vector<std::int64_t> sizes{8, 8};
    const std::optional<at::ArrayRef<double>> scales;
    return at::upsample_bicubic2d(x, at::OptionalIntArrayRef(sizes), false, scales);
  });
  CHECK(casts(larger, image) == Inputs(6, 2));
  const Module norm([](const Tensor& x) { return at::rms_norm(x, {3}); });
  CHECK(casts(norm, row) == Inputs{2, 4});  // the last one is `type_as`
}

TEST_CASE("numbers of other kinds give the same values and types") {
  const Tensor bytes = at::tensor({3, 250, 0, 7, 9, 1}, at::kByte).reshape({1, 2, 3});
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const Tensor special = at::tensor({nan, infinity, -infinity, 1.5});
  const Tensor complex = at::complex(special, special.flip(0));
  const Tensor half = special.to(at::kHalf);
  const auto same = [](const Module& model, const Tensor& x) {
    const Tensor got = export_program(model, {x}).run_decompositions().run({x}).tensor();
    const Tensor wanted = model({x}).tensor();
    CHECK(got.dtype() == wanted.dtype());
    CHECK(at::allclose(at::view_as_real(got.to(at::kComplexDouble)),
                       at::view_as_real(wanted.to(at::kComplexDouble)), 1e-6, 1e-6, true));
  };
  const Module filled([](const Tensor& x) { return at::nan_to_num(x, 2.0, {}, -1.0); });
  for (const Tensor& x : {complex, half, special, bytes}) same(filled, x);
  const Module largest([](const Tensor& x) { return at::nan_to_num(x); });
  for (const Tensor& x : {complex, half, half.to(at::kBFloat16), special.to(at::kDouble)}) {
    same(largest, x);
  }
  const Module product([](const Tensor& x) { return at::baddbmm(x, x, x.mT(), 2, 3); });
  const Tensor square = at::arange(9).reshape({1, 3, 3});
  for (const auto dtype : {at::kByte, at::kInt, at::kLong}) same(product, square.to(dtype));
  const Module exponents([](const Tensor& x) { return at::logsumexp(x, {1}); });
  for (const Tensor& x : {bytes, bytes.to(at::kBool), at::zeros({1, 0, 3})}) same(exponents, x);
  const Module close([](const Tensor& x) { return at::isclose(x, at::flip(x, {0, 1, 2}), 0, 7); });
  for (const Tensor& x : {bytes, bytes.to(at::kBool), bytes.to(at::kFloat)}) same(close, x);
  const Module scaled([](const Tensor& x) { return at::rms_norm(x, {4}, x.to(at::kDouble)); });
  for (const Tensor& x : {half, at::ones({4})}) same(scaled, x);
  const Module truth([](const Tensor& x) { return at::all(x); });
  for (const Tensor& x : {bytes, bytes.to(at::kBool), half}) same(truth, x);
  const Module huber([](const Tensor& x) { return at::huber_loss(x, at::ones({4}, at::kDouble)); });
  for (const auto dtype : {at::kHalf, at::kFloat}) same(huber, at::rand({4}).to(dtype));
  const Module mixed([](const Tensor& x) { return at::addcmul(at::ones({4}), x, x, 0.3); });
  for (const auto dtype : {at::kHalf, at::kDouble}) same(mixed, at::rand({4}).to(dtype));
  const Module copied(
      [](const Tensor& x) { return at::index_copy(x, 0, at::zeros({1}, at::kLong), x + 1); });
  same(copied, at::tensor(3));
}

TEST_CASE("what a decomposition finds of sizes that others are derived from is checked") {
  const Module model([](const Tensor& x, const Tensor&) {
    return x.clone().fill_diagonal_(-2.0, /*wrap=*/true);  // otherwise where x is higher than wide
  });
  const Dim size("size");
  const auto shapes =
      DynamicShapes::positional({ShapeSpec({{0, size}}), ShapeSpec({{0, 2 * size}})});
  const auto program =
      export_program(model, {at::zeros({2, 4}), at::zeros({4})}, {}, {.dynamic_shapes = shapes})
          .run_decompositions();
  CHECK(at::equal(program.run({at::zeros({3, 4}), at::zeros({6})}).tensor(),
                  at::zeros({3, 4}).fill_diagonal_(-2.0)));
  CHECK_THROWS_WITH_AS(program.run({at::zeros({6, 4}), at::zeros({12})}),
                       doctest::Contains("Guard failed"), Error);
}

TEST_CASE("operators that write and return views keep what is whose memory") {
  const auto same = [](const Module& model, const Tensor& x) {
    const Tensor ours = x.clone(), eager = x.clone();
    const auto program = export_program(model, {x.clone()}).run_decompositions();
    CHECK(allclose(program.run({ours}), model({eager})));
    CHECK(at::allclose(ours, eager));
  };
  const Tensor image = at::rand({1, 4, 2, 2});
  for (const int groups : {1, 2, 4}) {
    CAPTURE(groups);
    same(
        Module([groups](const Tensor& x) { return at::native_channel_shuffle(x, groups).add_(1); }),
        image);
    same(Module([groups](const Tensor& x) { return at::channel_shuffle(x, groups).add_(1); }),
         image);
  }
  same(Module([](const Tensor& x) { return x.movedim(3, 0).mul_(2).flatten().add_(1); }), image);
  const auto reordered = export_program(
      Module([](const Tensor& x) { return x.movedim(3, 0).cumsum_(1).flatten().add_(1); }),
      {at::rand({1, 3, 5, 4})});
  CHECK_THROWS_WITH_AS(reordered.run_decompositions(),
                       doctest::Contains("not in the order of its dimensions"), UnsupportedError);
}

TEST_CASE("what a decomposition would compute otherwise is refused") {
  const Tensor whole = at::arange(6), empty = at::zeros({2, 0});
  const auto of_whole =
      export_program(Module([](const Tensor& x) { return at::addcmul(x, x, x, 0.5); }), {whole});
  CHECK_THROWS_WITH_AS(of_whole.run_decompositions(), doctest::Contains("a factor that is none"),
                       Error);
  const auto norm =
      export_program(Module([](const Tensor& x) {
                       return at::batch_norm(x, {}, {}, {}, {}, false, 0.1, 0.1, false);
                     }),
                     {empty});
  CHECK_THROWS_WITH_AS(norm.run_decompositions(), doctest::Contains("without statistics"), Error);
  const auto loss = export_program(
      Module([](const Tensor& x) { return at::binary_cross_entropy(x, at::unsqueeze(x, 0)); }),
      {at::rand({3, 4})});
  CHECK_THROWS_WITH_AS(loss.run_decompositions(), doctest::Contains("with a target of"), Error);
}

TEST_CASE("a size that is no whole number is refused, one that has no value at 0 is not") {
  const Module model = Module([](const Tensor& x) { return x + 1; }).arg_names({"x"});
  const auto with_size = [&](const std::string& expr) {
    auto program = export_program(model, {at::ones({4})}, {},
                                  {.dynamic_shapes = {{"x", {{0, Dim("n", 2, 8)}}}}});
    program.edit([&](Program& changed) {
      GraphValue& x = *changed.graph_module.graph.find("x");
      TensorMeta meta = *x.tensor();
      auto& size = std::get<SymExpr>(meta.sizes[0]);
      size.expr_str = std::regex_replace(expr, std::regex("SIZE"), size.expr_str);
      changed.graph_module.graph.set_type(x, meta);
    });
    return program;
  };
  for (const char* expr : {"true", "Float('4.0', precision=53)", "ToFloat(SIZE)"}) {
    CAPTURE(expr);
    CHECK_THROWS_WITH_AS(with_size(expr).run_decompositions(),
                         doctest::Contains("which is no whole number"), ProgramError);
  }
  CHECK_NOTHROW(with_size("FloorDiv(Integer(16), SIZE)").run_decompositions());
  const char* const beyond = "Add(SIZE, Mul(Integer(9223372036854775807), Add(SIZE, Integer(-4))))";
  CHECK_THROWS_AS(with_size(beyond).run_decompositions(), ProgramError);
}

TEST_CASE("isin compares with few numbers, and searches among many, as Python decides") {
  const std::string guard = "10.0 * torch.sym_float(x.size()[0]) ** 0.145";
  const auto inputs = [](std::int64_t x, std::int64_t y) {
    return Values{at::randperm(x), at::randperm(y) * 3};
  };
  const ExportOptions options{
      .dynamic_shapes = {{"x", {{0, Dim::DYNAMIC}}}, {"y", {{0, Dim::DYNAMIC}}}}};
  const Values less = inputs(60, 2), more = inputs(20, 60);
  for (const auto& [unique, invert] : std::vector<std::pair<bool, bool>>{
           {false, false}, {false, true}, {true, false}, {true, true}}) {
    Module model([=](const Tensor& x, const Tensor& y) { return at::isin(x, y, unique, invert); });
    model.arg_names({"x", "y"});
    const auto few = export_program(model, inputs(8, 3), {}, options).run_decompositions();
    CHECK(targets(few)[2] == "aten.eq.Tensor");
    CHECK(at::equal(few.run(less).tensor(), model(less).tensor()));
    CHECK(error_at(few, more).find("y.size()[0]) < " + guard) != std::string::npos);
    const auto many = export_program(model, inputs(8, 40), {}, options).run_decompositions();
    CHECK(targets(many)[2] == (unique ? "aten.cat.default" : "aten.sort.default"));
    CHECK(at::equal(many.run(more).tensor(), model(more).tensor()));
    CHECK(error_at(many, less).find("y.size()[0]) >= " + guard) != std::string::npos);
  }
}

}  // namespace roundtrip
