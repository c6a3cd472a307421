#include "export/interpreter/plan.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <torch/library.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

const std::vector<SymInt> kTwo = {2};

schema::Node add(const std::string& left, const std::string& right, const std::string& result) {
  return node("torch.ops.aten.add.Tensor",
              {{"self", tensor(left), {}}, {"other", tensor(right), {}}}, {tensor(result)});
}

Value run(const Program& program, const Values& args) {
  return Plan(program).run(args, {});
}

/// What running the one node on a Tensor of two ones throws, as text.
std::string failure(schema::Node failing, const AllowedOperators& allowed = {}) {
  auto program = ProgramBuilder().input("x", kTwo).add(std::move(failing)).build();
  program.allowed = allowed;
  try {
    run(program, {at::ones({2})});
  } catch (const ExecutionError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a chain of operators gives what eager gives, again and again") {
  auto program = ProgramBuilder()
                     .input("x", kTwo)
                     .parameter("w", at::full({2}, 3))
                     .add(add("x", "p_w", "a"))
                     .add(add("a", "a", "b"))
                     .output(tensor("b"))
                     .output(tensor("a"))
                     .build();
  Plan plan(program);
  for (int i = 0; i < 2; ++i) {
    auto result = plan.run({at::ones({2})}, {});
    CHECK(bitwise_equal(result, Value::tuple({at::full({2}, 8.0), at::full({2}, 4.0)})));
  }
}

TEST_CASE("several threads may run one plan") {
  auto program = ProgramBuilder()
                     .input("x", kTwo)
                     .add(add("x", "x", "a"))
                     .add(add("a", "x", "b"))
                     .output(tensor("b"))
                     .build();
  Plan plan(program);
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&plan, &right, t] {
      auto x = at::full({2}, t, at::kFloat);
      for (int i = 0; i < 100; ++i) right[t] += at::equal(plan.run({x}, {})[0].tensor(), 3 * x);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 100));
}

TEST_CASE("outputs may be inputs, numbers, strings, None and symbolic sizes") {
  auto program =
      ProgramBuilder()
          .input("x", {symbol("s0")})
          .add(node("torch.ops.aten.sym_size.int",
                    {{"self", tensor("x"), {}}, {"dim", {std::int64_t{0}}, {}}}, {sym_int("n")}))
          .add(node("_operator.mul", {{"a", sym_int("n"), {}}, {"b", sym_int("n"), {}}},
                    {sym_int("m")}))
          .output(tensor("x"))
          .output(sym_int("m"))
          .output({std::int64_t{4}})
          .output({2.5})
          .output({true})
          .output({std::string("text")})
          .output({NoneArgument{}})
          .build();
  auto result = run(program, {at::ones({3})});
  CHECK(bitwise_equal(result, Value::tuple({at::ones({3}), 9, 4, 2.5, true, "text", Value()})));
}

TEST_CASE("an operator that returns a list or several tensors fills them all, used or not") {
  auto program = ProgramBuilder()
                     .input("x", kTwo)
                     .add(node("torch.ops.aten.unbind.int", {{"self", tensor("x"), {}}},
                               {tensors({"first", "second"})}))
                     .add(node("torch.ops.aten.max.dim",
                               {{"self", tensor("x"), {}}, {"dim", {std::int64_t{0}}, {}}},
                               {tensor("values"), tensor("max_unused_1")}))
                     .output(tensor("second"))
                     .output(tensor("values"))
                     .build();
  auto result = run(program, {at::arange(2.0)});
  CHECK(result[0].tensor().item<double>() == 1.0);
  CHECK(result[1].tensor().item<double>() == 1.0);
}

TEST_CASE("gradients flow to parameters") {
  auto weight = at::ones({2}).requires_grad_();
  auto program =
      ProgramBuilder()
          .input("x", kTwo)
          .parameter("w", weight)
          .add(node("torch.ops.aten.mul.Tensor",
                    {{"self", tensor("x"), {}}, {"other", tensor("p_w"), {}}}, {tensor("y")}))
          .output(tensor("y"))
          .build();
  run(program, {at::full({2}, 5.0, at::kFloat)})[0].tensor().sum().backward();
  CHECK(at::equal(weight.grad(), at::full({2}, 5.0)));
}

TEST_CASE("a constant gets no gradient") {
  ProgramBuilder builder;
  builder.parameter("c", at::ones({2}).requires_grad_()).output(tensor("p_c"));
  builder.graph_module.signature.input_specs = {schema::InputToTensorConstantSpec{{"p_c"}, "c"}};
  CHECK_FALSE(run(builder.build(), {})[0].tensor().requires_grad());
}

TEST_CASE("mutations reach the program's buffer and the caller's tensor") {
  auto count = at::zeros({2});
  auto program = ProgramBuilder()
                     .input("x", kTwo)
                     .buffer("count", count)
                     .add(add("b_count", "x", "sum"))
                     .add(add("x", "x", "twice"))
                     .output(schema::BufferMutationSpec{{"sum"}, "count"}, tensor("sum"))
                     .output(schema::UserInputMutationSpec{{"twice"}, "x"}, tensor("twice"))
                     .output(tensor("sum"))
                     .build();
  auto x = at::ones({2});
  auto result = run(program, {x});
  CHECK(at::equal(count, at::ones({2})));
  CHECK(at::equal(x, at::full({2}, 2.0)));
  CHECK(result[0].tensor().is_same(count));  // as in Python, the buffer itself
}

namespace {

/// Operators of a library that the user trusts: one looks at a tensor, the other
/// answers whether that tensor still lives.
c10::weak_intrusive_ptr<c10::TensorImpl> watched(
    c10::intrusive_ptr<c10::TensorImpl>::reclaim(at::ones({1}).unsafeReleaseTensorImpl()));

at::Tensor watch(const at::Tensor& tensor) {
  watched = c10::weak_intrusive_ptr<c10::TensorImpl>(tensor.getIntrusivePtr());
  return at::ones({1});
}
bool watched_lives(const at::Tensor&) {
  return !watched.expired();
}

TORCH_LIBRARY(roundtrip_test, library) {
  library.def("watch(Tensor tensor) -> Tensor", &watch);
  library.def("watched_lives(Tensor any) -> bool", &watched_lives);
}

/// Answers whether `a` lives when the node after its last but one use runs.
Program watching(bool used_later) {
  ProgramBuilder builder;
  builder.input("x", kTwo)
      .add(add("x", "x", "a"))
      .add(node("torch.ops.roundtrip_test.watch.default", {{"tensor", tensor("a"), {}}},
                {tensor("b")}))
      .add(node("torch.ops.roundtrip_test.watched_lives.default", {{"any", tensor("b"), {}}},
                {sym_bool("lives")}))
      .output(sym_bool("lives"));
  if (used_later) builder.output(tensor("a"));
  Program program = builder.build();
  program.allowed.namespaces = {"roundtrip_test"};
  return program;
}

}  // namespace

TEST_CASE("a value is freed after its last use, and not before") {
  CHECK_FALSE(run(watching(false), {at::ones({2})})[0].to_bool());
  CHECK(run(watching(true), {at::ones({2})})[0].to_bool());
}

TEST_CASE("a kernel's error names the node, the operator, the source line and the reason") {
  auto program = ProgramBuilder()
                     .input("x", kTwo)
                     .parameter("w", at::ones({3}))
                     .add(add("x", "p_w", "sum"))
                     .output(tensor("sum"))
                     .build();
  program.graph_module.graph.nodes().front().metadata() = {
      {"stack_trace",
       "  File \"train.py\", line 9, in run\n    m(x)\n  File \"model.py\", line 3, in forward\n"
       "    return x + w\n"}};
  try {
    run(program, {at::ones({2})});
    FAIL("nothing thrown");
  } catch (const ExecutionError& error) {
    CHECK(error.node() == "sum");
    CHECK(std::string(error.what()) ==
          "node 'sum' (torch.ops.aten.add.Tensor, File \"model.py\", line 3, in forward): The size "
          "of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0");
  }
}

TEST_CASE("a runtime assertion fails with the message the program has for it") {
  schema::Argument message{
      std::string("Runtime assertion failed for expression u0 >= 2 on node 'ge_1'")};
  auto program =
      ProgramBuilder()
          .input("x", {}, at::kLong)
          .add(node("torch.ops.aten.item.default", {{"self", tensor("x"), {}}}, {sym_int("item")}))
          .add(node("_operator.ge", {{"a", sym_int("item"), {}}, {"b", {std::int64_t{2}}, {}}},
                    {sym_bool("ge_1")}))
          .add(node("torch.ops.aten._assert_scalar.default",
                    {{"self", sym_bool("ge_1"), {}}, {"assert_msg", message, {}}}, {}, "check"))
          .output(sym_int("item"))
          .build();
  Plan plan(program);
  CHECK(plan.run({at::scalar_tensor(2, at::kLong)}, {})[0].to_int() == 2);
  CHECK_THROWS_WITH_AS(plan.run({at::scalar_tensor(1, at::kLong)}, {}),
                       "node 'check' (torch.ops.aten._assert_scalar.default): Runtime assertion "
                       "failed for expression u0 >= 2 on node 'ge_1'",
                       ExecutionError);
}

TEST_CASE("operators that no export contains need leave, of a name or a namespace") {
  const auto needs_leave = [](const std::string& target, const AllowedOperators& allowed = {}) {
    try {
      return failure(node("torch.ops." + target, {}, {}, "n"), allowed)
                 .find("exports contain no") != std::string::npos;
    } catch (const ProgramError&) {  // it may be called, but not without arguments
      return false;
    }
  };
  for (const char* target : {"aten.add.out", "aten._foreach_add.Scalar", "aten.abs.out",
                             "aten.convolution_backward.default"}) {
    CAPTURE(target);
    CHECK(needs_leave(target));
    CHECK(!needs_leave(target, {.namespaces = {"aten"}}));
  }
  CHECK(!needs_leave("aten.add.out", {.operators = {"aten::add.out"}}));
  CHECK(needs_leave("aten.abs.out", {.operators = {"aten::add.out"}}));
  CHECK(!needs_leave("aten.add_.Tensor"));
  CHECK(!needs_leave("aten.convolution_backward.default", {.all = true}));
}

TEST_CASE("a program whose outputs are gradients may call backward operators") {
  ProgramBuilder builder;
  builder.input("x", kTwo)
      .add(node("torch.ops.aten.threshold_backward.default",
                {{"grad_output", tensor("x"), {}},
                 {"self", tensor("x"), {}},
                 {"threshold", schema::Argument{std::int64_t{0}}, {}}},
                {tensor("g")}))
      .output(tensor("g"));
  CHECK_THROWS_AS(run(builder.build(), {at::ones({2})}), ExecutionError);
  builder.graph_module.signature.output_specs = {schema::GradientToUserInputSpec{{"g"}, "x"}};
  try {
    run(builder.build(), {at::ones({2})});
  } catch (const ExecutionError& error) {
    FAIL(error.what());
  } catch (const Error&) {
  }
}

TEST_CASE("operators that are unknown, untrusted or touch files fail when their node runs") {
  schema::Argument file{std::string("/nonexistent")};
  CHECK(failure(node("torch.ops.aten.nope.default", {}, {}, "n")) ==
        "node 'n' (torch.ops.aten.nope.default): there is no such operator in this process; load "
        "the library that registers it (pt2: --library FILE)");
  CHECK(failure(node("torch.ops.aten.from_file.default", {{"filename", file, {}}}, {}, "n")) ==
        "node 'n' (torch.ops.aten.from_file.default): operators that read or write files may not "
        "be called");
  auto untrusted = node("torch.ops.quantized.linear.default", {}, {}, "n");
  CHECK(failure(untrusted).find("namespace 'quantized' may not be called") != std::string::npos);
  CHECK(
      failure(node("torch.ops.quantized.nope.default", {}, {}, "n"), {.namespaces = {"quantized"}})
          .find("there is no such operator") != std::string::npos);
  CHECK(failure(node("torch.ops.aten", {}, {}, "n")).find("does not name an operator") !=
        std::string::npos);
}

TEST_CASE("what this version cannot run is an UnsupportedError that names it") {
  auto refused = [](const std::string& target) {
    auto program = ProgramBuilder().add(node(target, {}, {}, "n")).build();
    CHECK_THROWS_WITH_AS(run(program, {}), doctest::Contains(target.c_str()), UnsupportedError);
  };
  refused("torch.ops.higher_order.flex_attention");
  refused("torch._functorch.predispatch._jvp_increment_nesting");
  auto program = ProgramBuilder().build();
  program.graph_module.signature.input_specs.push_back({InputKind::custom_obj, {}, "queue"});
  CHECK_THROWS_WITH_AS(run(program, {}), doctest::Contains("script object 'queue'"),
                       UnsupportedError);
}

TEST_CASE("a program that contradicts itself is a ProgramError") {
  auto rejected = [](ProgramBuilder builder, const char* reason) {
    CHECK_THROWS_WITH_AS(Plan(builder.build()), doctest::Contains(reason), ProgramError);
  };
  rejected(ProgramBuilder().output(tensor("x")), "the value 'x' is used, but no earlier node");
  rejected(ProgramBuilder().input("x", kTwo).add(add("x", "y", "a")).output(tensor("a")),
           "the value 'y' is used");
  rejected(ProgramBuilder().input("x", kTwo).add(add("x", "x", "x")).output(tensor("x")),
           "the value 'x' is defined a second time, by node 'x'");
  ProgramBuilder no_weight;
  no_weight.parameter("w", at::ones({2}));
  no_weight.program.weights.clear();
  rejected(std::move(no_weight), "no value for 'w'");
  ProgramBuilder more_outputs;
  more_outputs.input("x", kTwo);
  more_outputs.graph_module.graph.outputs.push_back(tensor("x"));
  rejected(std::move(more_outputs), "the program has 1 outputs, but its signature 0");
}
