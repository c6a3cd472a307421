#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <limits>

#include "export/interpreter/inputs/input_checks.h"
#include "export/interpreter/inputs/input_tree.h"
#include "export/interpreter/plan.h"
#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

/// A program of one output, its first input, that takes these inputs.
Plan plan_of(ProgramBuilder builder) {
  return Plan(builder.output(tensor("x")).build());
}

at::Tensor of(at::IntArrayRef sizes) {
  return at::ones(sizes);
}

}  // namespace

TEST_CASE("static sizes and ranks must be as exported; strides are free") {
  auto plan = plan_of(ProgramBuilder().input("x", {3, 4}));
  CHECK_NOTHROW(plan.run({of({3, 4})}, {}));
  CHECK_NOTHROW(plan.run({of({4, 3}).t()}, {}));
  CHECK_THROWS_WITH_AS(plan.run({of({3, 5})}, {}),
                       "Guard failed: x.size()[1] == 4 (input x: x.size()[1] is 5)", InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({3})}, {}),
                       "input x: expected a Tensor of 2 dimensions, but got one of 1, of size [3]",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({7}, {}), "input x: expected a Tensor, but got 7", InputError);
  CHECK_THROWS_WITH_AS(plan.run({at::Tensor()}, {}), doctest::Contains("expected a Tensor"),
                       InputError);
}

TEST_CASE("dtype, device and layout must be as exported, where sizes and guards are") {
  auto plan = plan_of(ProgramBuilder().input("x", {3, 4}).input("y", {symbol("s0")}));
  CHECK_THROWS_WITH_AS(plan.run({of({3, 4}).to(at::kLong), of({2})}, {}),
                       "input x: Tensor dtype mismatch! Expected: torch.float32, Got: torch.int64",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({3, 4}), at::ones({2}, at::kMeta)}, {}),
                       "input y: Tensor device mismatch! Expected: cpu, Got: meta", InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({3, 4}).to_sparse(), of({2})}, {}),
                       "input x: Tensor layout mismatch! Expected: Strided, Got: Sparse",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({3, 5}).to(at::kLong), of({2})}, {}),
                       doctest::Contains("Guard failed: x.size()[1] == 4"), InputError);
}

TEST_CASE("symbolic sizes agree with each other, their range and derived sizes") {
  ProgramBuilder builder;
  builder.input("x", {symbol("s0"), symbol("s0")});
  builder.input("y", {expression("Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(1))")});
  builder.program.range_constraints.insert("s0", RangeConstraint{3, 10});
  auto plan = plan_of(builder);
  CHECK_NOTHROW(plan.run({of({4, 4}), of({9})}, {}));
  CHECK_THROWS_WITH_AS(plan.run({of({4, 5}), of({9})}, {}),
                       "Guard failed: x.size()[1] == x.size()[0] (input x: x.size()[1] is 5)",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({2, 2}), of({5})}, {}),
                       "Guard failed: x.size()[0] >= 3 (input x: x.size()[0] is 2)", InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({11, 11}), of({23})}, {}),
                       doctest::Contains("x.size()[0] <= 10"), InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({4, 4}), of({8})}, {}),
                       "Guard failed: 1 + 2 * x.size()[0] == y.size()[0] (x gives 4, y gives 8)",
                       InputError);
}

TEST_CASE("sizes that are functions of a symbol no input has are related as Python does") {
  ProgramBuilder builder;
  builder.input("x", {expression("Add(Symbol('s0', integer=True), Integer(1))")})
      .input("y", {expression("Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(1))")})
      .input("w", {expression("Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(1))")});
  auto plan = plan_of(builder);
  CHECK_NOTHROW(plan.run({of({5}), of({9}), of({9})}, {}));
  CHECK_THROWS_WITH_AS(plan.run({of({5}), of({8}), of({8})}, {}),
                       "Guard failed: -1 + 2 * x.size()[0] == y.size()[0] (x gives 5, y gives 8)",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({5}), of({9}), of({8})}, {}),
                       "Guard failed: w.size()[0] == y.size()[0] (input w: w.size()[0] is 8)",
                       InputError);
}

TEST_CASE("sizes that are as good as linear for small symbols alone are not related") {
  const std::string remainder = "PythonMod(Symbol('s0', integer=True), Integer(3))";
  auto plan = plan_of(
      ProgramBuilder()
          .input("x", {expression("Add(" + remainder + ", Integer(1))")})
          .input("y",
                 {expression("Add(Mul(Integer(2), Symbol('s0', integer=True)), Integer(1))")}));
  // s0 is 2, and 7.
  CHECK_NOTHROW(plan.run({of({3}), of({5})}, {}));
  CHECK_NOTHROW(plan.run({of({2}), of({15})}, {}));
}

TEST_CASE("a relation of sizes that does not fit 64 bits is an error of the program") {
  CHECK_THROWS_AS(plan_of(ProgramBuilder()
                              .input("x", {symbol("s0")})
                              .input("y", {expression("Mul(Integer(9223372036854775807), "
                                                      "Integer(9223372036854775807), "
                                                      "Symbol('s0', integer=True))")})),
                  ProgramError);
}

TEST_CASE("a size of a derived form alone must still be of that form") {
  auto plan = plan_of(
      ProgramBuilder().input("x", {expression("Mul(Integer(2), Symbol('s0', integer=True))")}));
  CHECK_NOTHROW(plan.run({of({8})}, {}));
  CHECK_THROWS_AS(plan.run({of({9})}, {}), InputError);
}

TEST_CASE("sizes 0 and 1 pass where the range begins at 2, as in Python") {
  ProgramBuilder builder;
  builder.input("x", {symbol("s0")});
  builder.program.range_constraints.insert("s0", RangeConstraint{2, std::nullopt});
  CHECK_NOTHROW(plan_of(builder).run({of({1})}, {}));
}

TEST_CASE("guards relate inputs; one that cannot be read refuses to run") {
  ProgramBuilder builder;
  builder.input("x", {symbol("s0")}).input("y", {symbol("s1")});
  builder.program.guards_code = {"L['y'].size()[0] == (2*L['x'].size()[0])"};
  auto plan = plan_of(builder);
  CHECK_NOTHROW(plan.run({of({3}), of({6})}, {}));
  CHECK_THROWS_WITH_AS(plan.run({of({3}), of({5})}, {}),
                       "Guard failed: y.size()[0] == 2 * x.size()[0] (y gives 5, x gives 3)",
                       InputError);
  builder.program.guards_code = {"evil(L['x'])"};
  auto refusing = plan_of(builder);
  CHECK_THROWS_WITH_AS(refusing.run({of({3}), of({6})}, {}), doctest::Contains("evil"),
                       UnsupportedError);
}

TEST_CASE("constant inputs must be equal, None like the others") {
  auto plan = plan_of(ProgramBuilder()
                          .input("x", {2})
                          .constant_input("n", std::int64_t{3})
                          .constant_input("s", std::string("hi"))
                          .constant_input("none", NoneArgument{})
                          .constant_input("f", 0.5));
  CHECK_NOTHROW(plan.run({of({2}), 3, "hi", Value(), 0.5}, {}));
  CHECK_NOTHROW(plan.run({of({2}), 3.0, "hi", at::Tensor(), 0.5}, {}));
  // Python would take it and not look at it.
  CHECK_THROWS_WITH_AS(plan.run({of({2}), 3, "hi", of({1}), 0.5}, {}),
                       doctest::Contains("input none: expected None, but got"), InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({2}), 4, "hi", Value(), 0.5}, {}),
                       "Guard failed: n == 3 (input n: expected 3, but got 4)", InputError);
  CHECK_THROWS_WITH_AS(plan.run({of({2}), 3, "ho", Value(), 0.5}, {}),
                       "Guard failed: s == 'hi' (input s: expected 'hi', but got 'ho')",
                       InputError);
}

TEST_CASE("a dynamic int is bound to its symbol") {
  ProgramBuilder builder;
  builder.sym_int_input("n", "s0").input("x", {symbol("s0")});
  auto plan = plan_of(builder);
  CHECK_NOTHROW(plan.run({3, of({3})}, {}));
  CHECK_THROWS_AS(plan.run({4, of({3})}, {}), InputError);
  CHECK_THROWS_WITH_AS(plan.run({"3", of({3})}, {}), "input n: expected an int, but got '3'",
                       InputError);
  CHECK_THROWS_WITH_AS(plan.run({3.0, of({3})}, {}), "input n: expected an int, but got 3.0",
                       InputError);
}

namespace {

/// The tree of `f(x, d, *, k, m)` with `d = {'a': ., 'b': [., None]}`.
InputTree tree_of() {
  TreeSpec spec;
  auto d = Value::dict({{"a", 1}, {"b", Value::list({2, Value()})}});
  tree_flatten(Value::tuple({Value::tuple({1, d}), Value::dict({{"k", 1}, {"m", 2}})}), &spec);
  GraphModule graph_module;
  ModuleCallSignature signature;
  signature.in_spec = treespec_dumps(spec);
  signature.forward_arg_names = {"x", "d", "k", "m"};
  graph_module.module_call_graph = {{"", std::move(signature)}};
  return InputTree(graph_module);
}

std::vector<std::int64_t> flatten(const Values& args, const Kwargs& kwargs) {
  std::vector<std::int64_t> leaves;
  for (auto* leaf : tree_of().flatten(args, kwargs)) leaves.push_back(leaf->to_int());
  return leaves;
}

}  // namespace

TEST_CASE("leaves are named as Python names them and matched by key") {
  CHECK(tree_of().leaf_names() ==
        std::vector<std::string>{"x", "d['a']", "d['b'][0]", "d['b'][1]", "k", "m"});
  auto d = Value::dict({{"b", Value::list({2, 3})}, {"a", 1}});
  CHECK(flatten({0, d}, {{"m", 5}, {"k", 4}}) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("inputs of another structure are named") {
  auto d = Value::dict({{"a", 1}, {"b", Value::list({2, 3})}});
  auto fails = [](const Values& args, const Kwargs& kwargs, const char* reason) {
    CHECK_THROWS_WITH_AS(flatten(args, kwargs), doctest::Contains(reason), InputError);
  };
  fails({0}, {{"k", 4}, {"m", 5}},
        "missing input 'd': the program takes 2 positional arguments, ['x', 'd'], but got 1");
  fails({0, d, 1}, {{"k", 4}, {"m", 5}}, "too many inputs");
  fails({0, d}, {{"k", 4}}, "missing input 'm': got the keywords ['k'] but expected ['k', 'm']");
  fails({0, d}, {{"k", 4}, {"m", 5}, {"z", 6}}, "unexpected input 'z'");
  fails({0, d}, {{"k", 4}, {"m", 5}, {"m", 5}}, "input 'm' is given twice");
  fails({0, 1}, {{"k", 4}, {"m", 5}}, "input d: expected TreeSpec(dict");
  fails({d, d}, {{"k", 4}, {"m", 5}}, "input x: expected a Tensor, number, string or None");
  fails({0, Value::dict({{"a", 1}, {"c", Value::list({2, 3})}})}, {{"k", 4}, {"m", 5}}, "input d");
  fails({0, Value::dict({{"a", 1}, {"b", Value::tuple({2, 3})}})}, {{"k", 4}, {"m", 5}}, "input d");
}
