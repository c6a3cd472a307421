// What a program writes to, in its decomposed form.
#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/decompositions.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>

#include <functional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "export/decompose/layers/composite.h"
#include "export/decompose/layers/functional_layer.h"

namespace roundtrip {
namespace {

using at::Tensor;
using Names = std::vector<std::string>;

Names operators_of(const ExportedProgram& program) {
  Names names;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    names.push_back(node.target().substr(std::string("torch.ops.").size()));
  }
  return names;
}

/// The values that the graph returns: new ones of what it writes to, then the caller's.
Names results_of(const ExportedProgram& program) {
  Names names;
  for (const Argument& output : program.program().graph_module.graph.outputs()) {
    names.push_back(output.get<TensorArgument>()->value->name());
  }
  return names;
}

/// A model with one buffer, `total`, that its forward gets.
Module with_buffer(const Tensor& total, std::function<Tensor(const Tensor&, Tensor&)> forward) {
  ModuleState state;
  state.buffers.insert("total", total);
  return Module([=](const Tensor& x) mutable { return forward(x, state.buffers["total"]); },
                [state] { return state; });
}

}  // namespace

TEST_CASE("a view of what was written to is a result") {
  const Module model([](const Tensor& x) {
    x.add_(1);
    return x.t();
  });
  const auto core = export_program(model, {at::ones({2, 3})}).run_decompositions();
  CHECK(operators_of(core) == Names{"aten.add.Scalar", "aten.permute.default"});
  const Tensor given = at::ones({2, 3});
  CHECK(at::equal(core.run({given}).tensor(), at::full({3, 2}, 2)));
  CHECK(at::equal(given, at::full({2, 3}, 2)));
}

TEST_CASE("a write through a view that repeats or leaves out elements is refused") {
  const auto repeats = [](const Tensor& x) {
    Tensor base = x + 1;
    base.expand({3, 2}).fill_(3);
    return base;
  };
  const auto leaves_out = [](const Tensor& x) {
    Tensor base = x + 1;
    base.unfold(0, 1, 2).fill_(3);
    return base;
  };
  CHECK_THROWS_WITH_AS(export_program(Module(repeats), {at::ones({2})}).run_decompositions(),
                       doctest::Contains("writes through expand"), Error);
  CHECK_THROWS_WITH_AS(export_program(Module(leaves_out), {at::ones({4})}).run_decompositions(),
                       doctest::Contains("writes through unfold"), Error);
}

TEST_CASE("a write to a buffer, through a view, becomes a result") {
  Tensor total = at::zeros({2, 3});
  const auto model = with_buffer(total, [](const Tensor& x, Tensor& buffer) {
    buffer.select(0, 1).add_(x);
    return buffer.sum() + x;
  });
  const auto functional = export_program(model, {at::ones({3})}).run_decompositions();
  const auto& outputs = functional.program().graph_module.signature.output_specs;
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].kind == OutputKind::buffer_mutation);
  CHECK(outputs[0].target == "total");
  const Tensor result = functional.run({at::ones({3})}).tensor();
  CHECK(at::equal(result, at::full({3}, 4.0)));
  CHECK(at::equal(total.sum(1), at::tensor({0.0f, 3.0f})));
}

TEST_CASE("running decompositions twice keeps what is mutated") {
  Tensor total = at::zeros({3});
  const auto model = with_buffer(total, [](const Tensor& x, Tensor& buffer) {
    buffer.add_(x);
    return buffer * 2;
  });
  const auto once = export_program(model, {at::ones({3})}).run_decompositions();
  const auto twice = once.run_decompositions();
  CHECK(twice.str() == once.str());
  CHECK(at::equal(twice.run({at::ones({3})}).tensor(), at::full({3}, 2.0)));
  CHECK(at::equal(total, at::ones({3})));
}

TEST_CASE("a write to an input is a result, and the caller's tensor is written to") {
  const auto program = export_program(Module([](const Tensor& x) {
                                        Tensor(x).mul_(2);
                                        return x + 1;
                                      }),
                                      {at::ones({2})})
                           .run_decompositions();
  const auto& outputs = program.program().graph_module.signature.output_specs;
  REQUIRE(outputs[0].kind == OutputKind::user_input_mutation);
  const Tensor input = at::full({2}, 3.0);
  CHECK(at::equal(program.run({input}).tensor(), at::full({2}, 7.0)));
  CHECK(at::equal(input, at::full({2}, 6.0)));
}

TEST_CASE("a program decomposed twice returns the inputs that it copied to") {
  const Module model([](const Tensor& x, const Tensor& y) {
    const Tensor sum = Tensor(x).add_(1);
    return std::tuple(sum.cos(), x, Tensor(y).copy_(x), x.view({2, 1}));
  });
  const auto ones = [] { return Values{at::ones({2}), at::ones({2})}; };
  const auto once = export_program(model, ones()).run_decompositions();
  CHECK(results_of(once) == Names{"add", "copy", "cos", "add", "copy", "view_1"});
  const auto twice = once.run_decompositions();
  CHECK(results_of(twice) == Names{"copy_1", "copy_2", "cos", "copy_1", "copy_2", "view"});
  const Values given = ones();
  const Value results = twice.run(given);
  CHECK(results[1].tensor().is_same(given[0].tensor()));
  CHECK(results[2].tensor().is_same(given[1].tensor()));
  for (const Value& input : given) CHECK(at::equal(input.tensor(), at::full({2}, 2)));
  CHECK(at::equal(results[3].tensor(), at::full({2, 1}, 2)));
}

TEST_CASE("every operator that writes to its first argument has one that does not") {
  // Parts of kernels, which no program of simpler operators has.
  const std::set<std::string> kNone = {"aten::_fill_mem_eff_dropout_mask_",
                                       "aten::_flash_attention_forward_no_dropout_inplace"};
  std::size_t found = 0;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    const auto op = c10::Dispatcher::singleton().findSchema(name);
    if (!op || !name.name.starts_with("aten::") || kNone.count(name.name) > 0) continue;
    const c10::FunctionSchema& schema = op->schema();
    const bool in_place = !schema.arguments().empty() && !schema.returns().empty() &&
                          schema.arguments()[0].alias_info() != nullptr &&
                          schema.arguments()[0].alias_info()->isWrite();
    if (!in_place || is_composite(*op) || op->hasTag(at::Tag::inplace_view)) continue;
    CAPTURE(toString(name));
    const auto counterpart = find_counterpart(*op);
    REQUIRE(counterpart);
    CHECK_FALSE(counterpart->schema().is_mutable());
    ++found;
  }
  CHECK(found > 150);
}

TEST_CASE("operators that write to out have one that does not") {
  // Forms without `out` have another name or other results.
  const std::set<std::string> kNone = {"aten::_slow_conv2d_backward.grad_input",
                                       "aten::adaptive_avg_pool3d_backward.grad_input"};
  std::set<std::string> without;
  std::size_t found = 0;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    const auto op = c10::Dispatcher::singleton().findSchema(name);
    if (!op || !name.name.starts_with("aten::") || is_composite(*op)) continue;
    const auto& arguments = op->schema().arguments();
    const bool writes_to_out = !arguments.empty() && arguments.back().kwarg_only() &&
                               arguments.back().alias_info() != nullptr &&
                               arguments.back().alias_info()->isWrite();
    if (!writes_to_out) continue;
    ++found;
    if (!find_counterpart(*op)) without.insert(toString(name));
  }
  CHECK(without == kNone);
  CHECK(found > 500);
}

TEST_CASE("operators that write become others, whatever the others' overloads are called") {
  const auto decomposed = [](std::function<Tensor(const Tensor&)> forward, const Tensor& x) {
    const Module model([=](const Tensor& given) { return forward(given.clone()); });
    const auto core = export_program(model, {x}).run_decompositions();
    CHECK(at::equal(core.run({x}).tensor(), forward(x.clone())));
  };
  const Tensor x = at::arange(1, 7, at::kFloat).reshape({2, 3});
  decomposed([](const Tensor& y) { return y.pow_(-0.5); }, x);
  decomposed([](const Tensor& y) { return y.pow_(y.clone()); }, x);
  decomposed([](const Tensor& y) { return y.floor_divide_(2); }, x);
  decomposed([](const Tensor& y) { return y.polygamma_(1); }, x);
  decomposed([](const Tensor& y) { return y.to(at::kLong).__ilshift__(1); }, x);
  decomposed([](const Tensor& y) { return y.to(at::kDouble).mul_(2); }, x);
  decomposed([](const Tensor& y) { return y.to(at::kInt).add_(1).t().add_(1); }, x);
  decomposed(
      [](const Tensor& y) {
        Tensor first = at::zeros({3});
        Tensor view = y.select(0, 0);
        at::pow_out(first, y.select(0, 1), 2);
        at::add_out(view, first, first);
        at::full_out(first, {3}, 7);
        return y + first;
      },
      x);
  decomposed(
      [](const Tensor& y) {
        Tensor values = at::zeros({2}), indices = at::zeros({2}, at::kLong);
        at::max_out(values, indices, y, 1);
        return values + indices;
      },
      x);
}

TEST_CASE("an input whose target another one has is decomposed as that one") {
  Tensor total = at::ones({3});
  const Module model =
      with_buffer(total, [](const Tensor& x, Tensor& buffer) { return x * buffer; });
  auto program = export_program(model, {at::ones({3})});
  program.edit([](Program& changed) {
    GraphModule& module = changed.graph_module;
    GraphValue& first = *module.graph.inputs()[0].as_value();
    GraphValue& second = module.graph.add_value("b_again", first.type());
    module.graph.insert_input(1, second);
    module.signature.input_specs.insert(module.signature.input_specs.begin() + 1,
                                        {InputKind::buffer, second, "total"});
    Node& mul = module.graph.nodes().front();
    mul.set_input(0, second);
    mul.set_input(1, first);
  });
  const std::string first = program.program().graph_module.graph.inputs()[0].as_value()->name();

  const auto core = program.run_decompositions();
  CHECK(core.program().graph_module.signature.input_specs.size() == 2);
  CHECK(core.program().graph_module.graph.nodes()[0].inputs()[0].arg.as_value()->name() == first);
  CHECK(at::equal(core.run({at::ones({3})}).tensor(), total));
  CHECK(export_program(program.module(), {at::ones({3})}).str() == core.str());
}

}  // namespace roundtrip
