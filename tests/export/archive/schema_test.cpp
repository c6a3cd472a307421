#include "export/archive/schema.h"

#include <doctest/doctest.h>
#include <roundtrip/error.h>

namespace roundtrip {
namespace {

schema::Node call(const std::string& target, const std::string& argument,
                  const std::string& result) {
  schema::Node node;
  node.target = target;
  node.inputs = {{"self", {schema::TensorArgument{argument}}, ArgumentKind::positional}};
  node.outputs = {{schema::TensorArgument{result}}};
  node.name = result;
  return node;
}

schema::Graph sample() {
  schema::Graph graph;
  graph.inputs = {{schema::TensorArgument{"x"}}, {std::int64_t{3}}};
  graph.nodes = {call("f", "x", "a"), call("g", "a", "b")};
  graph.outputs = {{schema::TensorArgument{"b"}}, {NoneArgument{}}};
  for (const char* name : {"x", "a", "b"}) graph.tensor_values.insert(name, TensorMeta{});
  return graph;
}

}  // namespace

TEST_CASE("tables are written in the order in which the graph defines its values") {
  Graph graph = schema::from_schema(sample());
  Node& g = graph.nodes()[1];
  graph.insert_call(g, "torch.ops.aten.relu.default", {*graph.find("a")}, TensorMeta{});
  CHECK(schema::to_schema(graph).tensor_values.keys() ==
        std::vector<std::string>{"x", "a", "relu_default", "b"});
}

TEST_CASE("what is erased is written no more") {
  Graph graph = schema::from_schema(sample());
  graph.set_outputs({*graph.find("a")});
  graph.erase(graph.nodes()[1]);
  const schema::Graph written = schema::to_schema(graph);
  CHECK(written.tensor_values.keys() == std::vector<std::string>{"x", "a"});
  CHECK(written.nodes.size() == 1);
}

TEST_CASE("a file that defines or describes a value twice is refused") {
  schema::Graph twice = sample();
  twice.nodes.push_back(call("h", "x", "a"));
  CHECK_THROWS_WITH_AS(schema::from_schema(twice),
                       "the value 'a' is defined a second time, by node 'a'", ProgramError);
  schema::Graph described = sample();
  described.sym_int_values.insert("a", SymInt{2});
  CHECK_THROWS_WITH_AS(schema::from_schema(described), "the graph has two values named 'a'",
                       ProgramError);
}

TEST_CASE("what nothing defines stays a name, and an entry of a table") {
  schema::Graph graph = sample();
  graph.nodes[0].inputs[0].arg = {schema::TensorArgument{"absent"}};
  graph.tensor_values.insert("other", TensorMeta{});
  const schema::Graph written = schema::to_schema(schema::from_schema(graph));
  CHECK(written.nodes[0].inputs[0].arg.get<schema::TensorArgument>()->name == "absent");
  CHECK(written.tensor_values.keys() == std::vector<std::string>{"x", "a", "b", "other"});
}

}  // namespace roundtrip
