#include "export/program/print/print.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "export/archive/schema.h"
#include "export/graph/names.h"

using namespace roundtrip;

namespace {

const std::string kSize = "Symbol('s77', positive=True, integer=True)";

TensorMeta meta_of(std::vector<SymInt> sizes) {
  TensorMeta meta;
  meta.strides = sizes;
  meta.sizes = std::move(sizes);
  return meta;
}

schema::Argument tensor(const std::string& name) {
  return {schema::TensorArgument{name}};
}

schema::NamedArgument positional(schema::Argument argument) {
  return {"a", std::move(argument), ArgumentKind::positional};
}

schema::NamedArgument keyword(const std::string& name, schema::Argument argument) {
  return {name, std::move(argument), ArgumentKind::keyword};
}

/// `input` is a name that Python's code must not use, `split` has two results of
/// which one is unused, and the last comment is repeated once.
schema::GraphModule make_module() {
  schema::GraphModule module;
  auto& graph = module.graph;
  for (const char* name : {"input", "half", "rest", "sum_1"}) {
    graph.tensor_values.insert(name, meta_of({SymExpr{kSize, {}}, std::int64_t{4}}));
  }
  graph.inputs = {tensor("input")};
  Metadata trace{{"stack_trace",
                  "  File \"outer.py\", line 1, in <module>\n    model(x)\n"
                  "  File \"a, b.py\", line 12, in forward\n    return x.split(2)\n"}};
  graph.nodes.push_back(
      {"torch.ops.aten.split.Tensor",
       {positional(tensor("input")), positional({std::int64_t{2}})},
       {schema::Argument{std::vector<schema::TensorArgument>{{"half"}, {"rest"}}}},
       trace,
       {},
       "split"});
  graph.nodes.push_back({"torch.ops.aten.sum.default",
                         {positional(tensor("half")), keyword("dtype", {c10::ScalarType::Double}),
                          keyword("scale", {-1.0 / 0.0})},
                         {tensor("sum_1")},
                         {},
                         {},
                         "sum_1"});
  graph.outputs = {tensor("sum_1"), schema::Argument{NoneArgument{}}};
  module.signature.input_specs = {schema::UserInputSpec{tensor("input")}};
  module.signature.output_specs = {schema::UserOutputSpec{tensor("sum_1")},
                                   schema::UserOutputSpec{schema::Argument{NoneArgument{}}}};
  return module;
}

std::string printed(const schema::GraphModule& module) {
  Program program;
  program.graph_module = schema::from_schema(module);
  program.range_constraints.insert("s77", {2, std::nullopt});
  program.range_constraints.insert("unused", {0, 1});
  return print_program(program);
}

}  // namespace

TEST_CASE("a program prints as in Python") {
  CHECK(printed(make_module()) ==
        R"(ExportedProgram:
    class GraphModule(torch.nn.Module):
        def forward(self, input: "f32[s77, 4]"):
            input_1 = input
    )"
        "\n"
        R"(            # File: a, b.py:12 in forward, code: return x.split(2)
            split = torch.ops.aten.split.Tensor(input_1, 2);  input_1 = None
            half: "f32[s77, 4]" = split[0]
            rest: "f32[s77, 4]" = split[1];  split = rest = None
    )"
        "\n"
        R"(            # No stacktrace found for following nodes
            sum_1: "f32[s77, 4]" = torch.ops.aten.sum.default(half, dtype = torch.float64, scale = -inf);  half = None
            return (sum_1, None)
    )"
        "\n"
        R"(Graph signature: 
    # inputs
    input: USER_INPUT
    
    # outputs
    sum_1: USER_OUTPUT
    : USER_OUTPUT
    
Range constraints: {s77: VR[2, int_oo]}
)");
}

TEST_CASE("functions that are no operators are printed with their keywords, numbers' without") {
  schema::GraphModule module = make_module();
  schema::Graph& graph = module.graph;
  const auto call = [&](const std::string& target, std::vector<schema::NamedArgument> inputs) {
    graph.nodes[0].target = target;
    graph.nodes[0].inputs = std::move(inputs);
    return printed(module);
  };
  const schema::Argument level{std::int64_t{0}};
  CHECK(call("torch._functorch.predispatch._unpack_dual",
             {{"", tensor("input"), ArgumentKind::positional},
              {"level", level, ArgumentKind::keyword}})
            .find("torch._functorch.predispatch._unpack_dual(input_1, level = 0)") !=
        std::string::npos);
  CHECK(
      call("_operator.add", {{"a", tensor("input"), {}}, {"b", level, {}}}).find("= input_1 + 0") !=
      std::string::npos);
}

TEST_CASE("a value that no node defines is an error that names it") {
  schema::GraphModule module = make_module();
  module.graph.outputs = {tensor("absent")};
  CHECK_THROWS_WITH_AS(printed(module), "no node defines the value 'absent'", ProgramError);
}

TEST_CASE("names are numbered as torch.fx does") {
  FxNamespace names;
  CHECK(names.create("add") == "add");
  CHECK(names.create("add") == "add_1");
  CHECK(names.create("add_1") == "add_2");
  CHECK(names.create("sum") == "sum_1");
  CHECK(names.create("sum_1") == "sum_2");
  CHECK(names.create("add.tensor") == "add_tensor");
  CHECK(names.create("2x") == "_2x");
  CHECK(names.create("größe") == "gr_e");
  CHECK(names.create("") == "_unnamed");
  CHECK(fx_name_of_target("torch.ops.aten._assert_scalar.default") == "_assert_scalar.default");
  CHECK(fx_name_of_target("torch.ops.higher_order.cond") == "cond");
}
