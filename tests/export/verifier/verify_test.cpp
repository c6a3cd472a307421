#include "export/verifier/verify.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <functional>

#include "tests/export/support/program_builder.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

schema::Node add(const std::string& left, const std::string& right, const std::string& result,
                 const std::string& target = "torch.ops.aten.add.Tensor") {
  return node(target, {{"self", tensor(left), {}}, {"other", tensor(right), {}}}, {tensor(result)});
}

/// Describes tensors that have no description yet.
void describe(ProgramBuilder& builder, const std::vector<std::string>& names) {
  auto& table = builder.graph_module.graph.tensor_values;
  for (const std::string& name : names) {
    if (!table.contains(name)) table.insert(name, TensorMeta{});
  }
}

/// x + w, a program without fault.
ProgramBuilder sum() {
  ProgramBuilder builder;
  builder.input("x", {2})
      .parameter("w", at::ones({2}))
      .add(add("x", "p_w", "a"))
      .output(tensor("a"));
  describe(builder, {"x", "p_w", "a"});
  builder.program.verifiers = {"TRAINING"};
  builder.program.weights["w"].is_param = true;
  return builder;
}

/// The error that `sum` gives after `damage`; fails the test if it gives none.
VerificationError fault(const std::function<void(ProgramBuilder&)>& damage) {
  ProgramBuilder builder = sum();
  damage(builder);
  try {
    verify_program(builder.build());
  } catch (const VerificationError& error) {
    return error;
  }
  FAIL("the damage went unnoticed");
  return {"", "", ""};
}

bool tells(const VerificationError& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

schema::Graph& graph_of(ProgramBuilder& builder) {
  return builder.graph_module.graph;
}

}  // namespace

TEST_CASE("a program without fault passes") {
  CHECK_NOTHROW(verify_program(sum().build()));
}

TEST_CASE("values: defined once, before use, and described") {
  auto late = fault([](ProgramBuilder& p) { graph_of(p).nodes[0] = add("x", "b", "a"); });
  CHECK(late.node() == "a");
  CHECK(late.value() == "b");
  CHECK(tells(late, "nothing before defines it"));

  ProgramBuilder twice = sum();
  twice.add(add("x", "x", "a"));
  CHECK_THROWS_WITH_AS(twice.build(), "the value 'a' is defined a second time, by node 'a'",
                       ProgramError);

  auto plain = fault([](ProgramBuilder& p) { graph_of(p).tensor_values.erase("a"); });
  CHECK(plain.value() == "a");
  CHECK(tells(plain, "tensor_values"));

  auto kind = fault([](ProgramBuilder& p) { graph_of(p).outputs[0] = sym_int("a"); });
  CHECK(tells(kind, "is a tensor, but is used as a SymInt"));
}

TEST_CASE("operators: known, with the arguments of their schema") {
  auto unknown =
      fault([](ProgramBuilder& p) { graph_of(p).nodes[0].target = "torch.ops.aten.ad.Tensor"; });
  CHECK(unknown.node() == "a");
  CHECK(tells(unknown, "is not known"));

  auto surplus = fault([](ProgramBuilder& p) { graph_of(p).nodes[0].inputs[1].name = "another"; });
  CHECK(tells(surplus, "no argument 'another'"));

  auto missing = fault([](ProgramBuilder& p) { graph_of(p).nodes[0].inputs.pop_back(); });
  CHECK(tells(missing, "'other' (Tensor) is missing"));

  auto kind = fault([](ProgramBuilder& p) {
    graph_of(p).nodes[0].inputs.push_back({"alpha", {std::string("one")}, {}});
  });
  CHECK(tells(kind, "alpha"));

  auto tensor_for_number = fault([](ProgramBuilder& p) {
    graph_of(p).nodes[0].inputs.push_back({"alpha", tensor("x"), {}});
  });
  CHECK(tells(tensor_for_number, "is given a tensor"));

  auto function = fault([](ProgramBuilder& p) { graph_of(p).nodes[0].target = "os.system"; });
  CHECK(tells(function, "nothing that a graph may call"));
}

TEST_CASE("dialects: ATEN calls functional operators only") {
  const auto write = [](ProgramBuilder& p) {
    graph_of(p).nodes[0].target = "torch.ops.aten.add_.Tensor";
  };
  ProgramBuilder training = sum();
  write(training);
  CHECK_NOTHROW(verify_program(training.build()));
  auto error = fault([&](ProgramBuilder& p) {
    write(p);
    p.program.verifiers = {"ATEN"};
  });
  CHECK(error.node() == "a");
  CHECK(tells(error, "not functional"));
  CHECK(tells(fault([](ProgramBuilder& p) { p.program.verifiers = {"KLINGON"}; }), "KLINGON"));
}

TEST_CASE("the signature agrees with the graph and the weights") {
  auto fewer = fault([](ProgramBuilder& p) { p.graph_module.signature.output_specs.clear(); });
  CHECK(tells(fewer, "it has 0 outputs, the graph 1"));
  auto other = fault([](ProgramBuilder& p) {
    p.graph_module.signature.output_specs[0] = schema::UserOutputSpec{tensor("x")};
  });
  CHECK(tells(other, "output 0 is 'x', but the graph's is 'a'"));
  CHECK(tells(fault([](ProgramBuilder& p) { p.program.weights.clear(); }),
              "the parameter 'w' has no value"));
  auto target = fault([](ProgramBuilder& p) {
    p.graph_module.signature.output_specs[0] = schema::BufferMutationSpec{{"a"}, "state"};
  });
  CHECK(tells(target, "written to the buffer 'state'"));
}

TEST_CASE("subgraphs are graphs, too, and name themselves") {
  schema::Graph body;
  body.inputs = {tensor("y")};
  body.outputs = {tensor("z")};
  body.tensor_values.insert("y", TensorMeta{});
  auto error = fault([&](ProgramBuilder& p) {
    graph_of(p).nodes.push_back(
        node("torch.ops.higher_order.wrap_with_set_grad_enabled",
             {{"", {false}, {}}, {"", graph("submod_1", body), {}}, {"", tensor("x"), {}}},
             {tensor("r")}));
  });
  CHECK(error.value() == "z");
  CHECK(tells(error, "submod_1"));
}

TEST_CASE("operands of control flow may be numbers in a list of tensors, as files have them") {
  schema::Graph branch;
  branch.inputs = {tensor("y"), {schema::SymIntArgument{"m"}}};
  branch.outputs = {tensor("y")};
  branch.tensor_values.insert("y", TensorMeta{});
  branch.sym_int_values.insert("m", SymInt{SymExpr{"Symbol('s0', integer=True)", std::nullopt}});
  const auto program_of = [&](const std::string& target) {
    ProgramBuilder builder;
    builder.input("x", {2})
        .sym_int_input("n", "s0")
        .add(node(target,
                  {{"", {true}, {}},
                   {"", graph("true_graph_0", branch), {}},
                   {"", graph("false_graph_0", branch), {}},
                   {"", {std::vector<schema::TensorArgument>{{"x"}, {"n"}}}, {}}},
                  {tensor("r")}))
        .output(tensor("r"));
    describe(builder, {"x", "r"});
    builder.program.verifiers = {"TRAINING"};
    return builder.build();
  };
  CHECK_NOTHROW(verify_program(program_of("torch.ops.higher_order.cond")));
  CHECK_THROWS_WITH_AS(verify_program(program_of("torch.ops.aten.cat.default")),
                       doctest::Contains("is a SymInt, but is used as a tensor"),
                       VerificationError);
}

TEST_CASE("call signatures of modules name values of the graph") {
  auto error = fault([](ProgramBuilder& p) {
    schema::ModuleCallSignature signature;
    signature.inputs = {tensor("nowhere")};
    p.graph_module.module_call_graph.push_back({"layer", signature});
  });
  CHECK(error.value() == "nowhere");
  CHECK(tells(error, "module 'layer'"));
}

TEST_CASE("values are described by expressions that can be read") {
  auto error = fault([](ProgramBuilder& p) {
    TensorMeta meta;
    meta.sizes = {SymExpr{"FloorDiv(Symbol('s0', integer=True), Float('1.5', precision=53))", {}}};
    graph_of(p).tensor_values.insert("other", meta);
  });
  CHECK(error.value() == "other");
  CHECK(tells(error, "FloorDiv takes whole numbers"));
}
