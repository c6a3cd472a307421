#include "export/interpreter/graphs/higher_order.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "export/interpreter/plan.h"
#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

const std::vector<SymInt> kTwo = {2};

schema::Node call(const std::string& op, const std::string& self, schema::Argument other,
                  const std::string& name) {
  return node("torch.ops.aten." + op, {{"self", tensor(self), {}}, {"other", other, {}}},
              {tensor(name)});
}

schema::Node unary(const std::string& op, const std::string& self, const std::string& name) {
  return node("torch.ops.aten." + op, {{"self", tensor(self), {}}}, {tensor(name)});
}

schema::Argument subgraph(std::vector<std::string> inputs, std::vector<schema::Node> nodes,
                          std::vector<std::string> outputs) {
  schema::Graph body;
  for (const auto& name : inputs) body.inputs.push_back(tensor(name));
  for (const auto& name : outputs) body.outputs.push_back(tensor(name));
  body.nodes = std::move(nodes);
  return graph("body", std::move(body));
}

schema::Node higher_order(const std::string& name, std::vector<schema::Argument> inputs,
                          std::vector<std::string> outputs) {
  std::vector<schema::NamedArgument> named;
  for (auto& input : inputs) named.push_back({"", std::move(input), {}});
  std::vector<schema::Argument> results;
  for (const auto& output : outputs) results.push_back(tensor(output));
  return node("torch.ops.higher_order." + name, std::move(named), std::move(results));
}

at::Tensor twos() {
  return at::full({2}, 2.0);
}

}  // namespace

TEST_CASE("cond runs the branch its predicate chooses") {
  auto program = ProgramBuilder()
                     .input("p", {})
                     .input("x", kTwo)
                     .add(higher_order(
                         "cond",
                         {tensor("p"), subgraph({"x"}, {unary("neg.default", "x", "a")}, {"a"}),
                          subgraph({"x"}, {unary("exp.default", "x", "a")}, {"a"}), tensors({"x"})},
                         {"y"}))
                     .output(tensor("y"))
                     .build();
  Plan plan(program);
  CHECK(at::equal(plan.run({at::scalar_tensor(true), twos()}, {})[0].tensor(), -twos()));
  CHECK(at::equal(plan.run({at::scalar_tensor(false), twos()}, {})[0].tensor(), twos().exp()));
}

TEST_CASE("while_loop turns until its condition fails, and copies when it never turns") {
  schema::Argument five{std::int64_t{5}}, one{std::int64_t{1}};
  auto program =
      ProgramBuilder()
          .input("i", {}, at::kLong)
          .input("x", kTwo)
          .input("step", kTwo)
          .add(higher_order("while_loop",
                            {subgraph({"i", "x", "s"}, {call("lt.Scalar", "i", five, "c")}, {"c"}),
                             subgraph({"i", "x", "s"},
                                      {call("add.Tensor", "i", one, "j"),
                                       call("add.Tensor", "x", tensor("s"), "z")},
                                      {"j", "z"}),
                             tensors({"i", "x"}), tensors({"step"})},
                            {"last", "y"}))
          .output(tensor("last"))
          .output(tensor("y"))
          .build();
  Plan plan(program);
  auto result = plan.run({at::scalar_tensor(2, at::kLong), at::zeros({2}), twos()}, {});
  CHECK(result[0].tensor().item<std::int64_t>() == 5);
  CHECK(at::equal(result[1].tensor(), at::full({2}, 6.0)));
  auto x = at::zeros({2});
  auto unturned = plan.run({at::scalar_tensor(7, at::kLong), x, twos()}, {});
  CHECK(at::equal(unturned[1].tensor(), x));
  CHECK_FALSE(unturned[1].tensor().is_alias_of(x));
}

TEST_CASE("map stacks what its body gives for each slice") {
  auto program = ProgramBuilder()
                     .input("xs", {3, 2})
                     .input("y", kTwo)
                     .add(higher_order(
                         "map_impl",
                         {subgraph({"x", "y"}, {call("add.Tensor", "x", tensor("y"), "z")}, {"z"}),
                          tensors({"xs"}), tensors({"y"})},
                         {"r"}))
                     .output(tensor("r"))
                     .build();
  Plan plan(program);
  auto xs = at::arange(6.0).view({3, 2});
  CHECK(at::equal(plan.run({xs, twos()}, {})[0].tensor(), xs + 2));
}

TEST_CASE("scan carries one value along and stacks the other") {
  auto program = ProgramBuilder()
                     .input("init", kTwo)
                     .input("xs", {3, 2})
                     .add(higher_order("scan",
                                       {subgraph({"c", "x"},
                                                 {call("add.Tensor", "c", tensor("x"), "sum"),
                                                  call("mul.Tensor", "c", tensor("x"), "product")},
                                                 {"sum", "product"}),
                                        tensors({"init"}), tensors({"xs"}), tensors({})},
                                       {"carry", "products"}))
                     .output(tensor("carry"))
                     .output(tensor("products"))
                     .build();
  auto result = Plan(program).run({at::ones({2}), at::full({3, 2}, 2.0)}, {});
  CHECK(at::equal(result[0].tensor(), at::full({2}, 7.0)));
  auto column = at::tensor({2.0, 6.0, 10.0}).to(at::kFloat);
  CHECK(at::equal(result[1].tensor(), column.unsqueeze(1).expand({3, 2})));
}

namespace {

Program gradless(std::vector<schema::Node> body, const std::string& result) {
  return ProgramBuilder()
      .input("x", kTwo)
      .add(higher_order("wrap_with_set_grad_enabled",
                        {{false}, subgraph({"x"}, std::move(body), {result}), tensor("x")}, {"y"}))
      .output(tensor("y"))
      .build();
}

Program autocasting(std::vector<schema::Node> body, const std::string& result) {
  return ProgramBuilder()
      .input("x", {2, 2})
      .add(higher_order("wrap_with_autocast",
                        {{std::string("cpu")},
                         {at::kBFloat16},
                         {true},
                         {NoneArgument{}},
                         subgraph({"x"}, std::move(body), {result}),
                         tensor("x")},
                        {"y"}))
      .output(tensor("y"))
      .build();
}

}  // namespace

TEST_CASE("a region without gradients restores the mode, whether it returns or throws") {
  auto x = at::ones({2}).requires_grad_();
  auto result = Plan(gradless({unary("neg.default", "x", "n")}, "n")).run({x}, {});
  CHECK_FALSE(result[0].tensor().requires_grad());
  CHECK(at::GradMode::is_enabled());
  schema::Node mm = call("mm.default", "x", tensor("x"), "n");
  mm.inputs[1].name = "mat2";
  const auto failing = gradless({mm}, "n");
  CHECK_THROWS_WITH_AS(Plan{failing}.run({x}, {}), doctest::Contains("node 'n'"), ExecutionError);
  CHECK(at::GradMode::is_enabled());
}

TEST_CASE("an autocast region casts inside and restores the state") {
  auto product = call("matmul.default", "x", tensor("x"), "n");
  auto result = Plan(autocasting({product}, "n")).run({at::ones({2, 2})}, {});
  CHECK((result[0].tensor().scalar_type() == at::kBFloat16));
  CHECK_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  auto failing = autocasting({unary("nope.default", "x", "n")}, "n");
  CHECK_THROWS_AS(Plan{failing}.run({at::ones({2, 2})}, {}), ExecutionError);
  CHECK_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  CHECK((at::mm(at::ones({2, 2}), at::ones({2, 2})).scalar_type() == at::kFloat));
}

TEST_CASE("graphs that do not fit their operator are a ProgramError") {
  auto rejected = [](schema::Node bad, const char* reason) {
    auto program = ProgramBuilder().input("x", kTwo).add(std::move(bad)).build();
    CHECK_THROWS_WITH_AS(Plan{program}, doctest::Contains(reason), ProgramError);
  };
  auto identity = subgraph({"x"}, {}, {"x"});
  auto two = subgraph({"x", "y"}, {}, {"x"});
  rejected(higher_order("cond", {tensor("x"), identity, two, tensors({"x"})}, {"y"}),
           "a graph takes 2 inputs, but is given 1");
  rejected(higher_order("cond", {tensor("x"), identity}, {"y"}), "argument");
  rejected(higher_order("cond", {tensor("x"), identity, identity, tensors({"x"})}, {"y", "z"}),
           "the operator gives 1 results, but the node has 2 outputs");
  rejected(
      higher_order("wrap_with_set_grad_enabled", {{std::int64_t{1}}, identity, tensor("x")}, {"y"}),
      "argument 1 is of another kind");
}
