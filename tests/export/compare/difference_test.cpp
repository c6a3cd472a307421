#include <roundtrip/difference.h>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

constexpr ArgumentKind kPositional = ArgumentKind::positional;

schema::Node add(const std::string& left, const std::string& right, const std::string& result,
                 double alpha = 1) {
  return node("torch.ops.aten.add.Tensor",
              {{"self", tensor(left), kPositional},
               {"other", tensor(right), kPositional},
               {"alpha", alpha, ArgumentKind::keyword}},
              {tensor(result)});
}

schema::Node relu(const std::string& argument, const std::string& result) {
  return node("torch.ops.aten.relu.default", {{"self", tensor(argument), kPositional}},
              {tensor(result)});
}

/// A program of these nodes on the input `x` and the parameter `w`.
ExportedProgram program(std::vector<schema::Node> nodes, const std::string& output,
                        at::Tensor weight = at::ones({2}), const std::string& symbol_name = "s0") {
  ProgramBuilder builder;
  builder.input("x", {symbol(symbol_name), 2}).parameter("w", std::move(weight));
  for (auto& node : nodes) builder.add(std::move(node));
  Program made = builder.output(tensor(output)).build();
  made.range_constraints.insert(symbol_name, {2, 8});
  return ExportedProgram(std::move(made));
}

std::string differ(const ExportedProgram& before, const ExportedProgram& after,
                   const DifferenceOptions& options = {}) {
  return difference(before, after, options).str();
}

const ExportedProgram& sum() {
  static const ExportedProgram program_ =
      program({add("x", "p_w", "a"), relu("a", "b"), relu("b", "c")}, "c");
  return program_;
}

}  // namespace

TEST_CASE("what values and symbols are called is a difference only when asked") {
  const auto renamed =
      program({add("x", "p_w", "q"), relu("q", "r"), relu("r", "s")}, "s", at::ones({2}), "s77");
  CHECK(differ(sum(), sum()) == "");
  CHECK(differ(sum(), renamed) == "");
  const std::string text = differ(sum(), renamed, {.names = true});
  CHECK(text.find("results: a -> q") != std::string::npos);
}

TEST_CASE("a new node leaves the others what they were; their operands are compared") {
  const auto longer =
      program({add("x", "p_w", "a"), relu("a", "b"), add("b", "p_w", "m"), relu("m", "c")}, "c");
  CHECK(differ(sum(), longer) ==
        "graph (3 nodes and 4, of which 2 are the same)\n"
        "  + m = aten.add.Tensor(b, p_w, alpha=1.0)\n"
        "  ~ c = aten.relu.default(b)\n"
        "      argument self: b -> m\n");
}

TEST_CASE("a value of the same name that is calculated otherwise is another one") {
  const auto other = program({relu("x", "b"), relu("b", "c")}, "c");
  const auto crossed = program({relu("x", "c"), relu("c", "b")}, "c");
  CHECK(differ(other, crossed) == "signature\n  ~ output 0: c\n      value: c -> another c\n");
}

TEST_CASE("arguments, weights and ranges") {
  CHECK(differ(sum(), program({add("x", "p_w", "a", 2), relu("a", "b"), relu("b", "c")}, "c")) ==
        "graph (3 nodes and 3, of which 2 are the same)\n"
        "  ~ a = aten.add.Tensor(x, p_w, alpha=1.0)\n"
        "      argument alpha: 1.0 -> 2.0\n");
  const auto nodes = [] {
    return std::vector{add("x", "p_w", "a"), relu("a", "b"), relu("b", "c")};
  };
  const at::Tensor weight = at::ones({2});
  weight[1] = 1.5;
  CHECK(differ(sum(), program(nodes(), "c", weight)) ==
        "weights\n  ~ w: f32[2], a parameter\n      values: 1 of 2 differ, by at most 0.5\n");
  Program ranged = sum().program();
  ranged.range_constraints["s0"].max_val.reset();
  CHECK(differ(sum(), ExportedProgram(ranged)) ==
        "range constraints\n  ~ s0\n      [2, 8] -> [2, int_oo]\n");
}

TEST_CASE("nodes that stand in another order are moved") {
  const auto straight = program({relu("x", "a"), relu("p_w", "b"), add("a", "b", "c")}, "c");
  const auto turned = program({relu("p_w", "b"), relu("x", "a"), add("a", "b", "c")}, "c");
  const Difference found = difference(straight, turned);
  REQUIRE(found.parts.size() == 1);
  REQUIRE(found.parts[0].changes.size() == 1);
  CHECK(found.parts[0].changes[0].kind == Change::Kind::moved);
  CHECK(found.parts[0].changes[0].details.empty());
}

TEST_CASE("subgraphs are compared inside of their node") {
  const auto with_branch = [](const std::string& name, const std::string& target) {
    schema::Graph branch;
    branch.inputs = {tensor(name)};
    branch.nodes = {node(target, {{"self", tensor(name), kPositional}}, {tensor("y")})};
    branch.outputs = {tensor("y")};
    branch.tensor_values.insert(name, {});
    branch.tensor_values.insert("y", {});
    return program(
        {node("torch.ops.higher_order.wrap",
              {{"", graph("branch", branch), {}}, {"", tensor("x"), {}}}, {tensor("c")})},
        "c");
  };
  const auto before = with_branch("v", "torch.ops.aten.relu.default");
  CHECK(differ(before, with_branch("u", "torch.ops.aten.relu.default")) == "");
  CHECK(differ(before, with_branch("u", "torch.ops.aten.neg.default")) ==
        "graph (1 nodes and 1, of which 0 are the same)\n"
        "  ~ c = higher_order.wrap(branch, x)\n"
        "      ~ in branch\n"
        "          - y = aten.relu.default(v)\n"
        "          + y = aten.neg.default(u)\n"
        "          ~ output 0: y\n"
        "              value: y -> another y\n");
}
