#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <roundtrip/graph.h>

#include <string>

namespace roundtrip {
namespace {

using Names = std::vector<std::string>;

Type tensor_type() {
  TensorMeta meta;
  meta.sizes = {std::int64_t{2}};
  meta.strides = {std::int64_t{1}};
  return meta;
}

/// `name = target(arguments...)`, one tensor.
NodeFields call(Graph& graph, const std::string& target, std::vector<GraphValue*> arguments,
                const std::string& name) {
  NodeFields fields;
  fields.target = target;
  for (GraphValue* argument : arguments) {
    fields.inputs.push_back({"", *argument, ArgumentKind::positional});
  }
  fields.outputs = {graph.add_value(name, tensor_type())};
  fields.name = name;
  return fields;
}

Names names_of(const std::vector<GraphValue*>& values) {
  Names names;
  for (const GraphValue* value : values) names.push_back(value->name());
  return names;
}

Names targets_of(const Graph& graph) {
  Names targets;
  for (const Node& node : graph.nodes()) targets.push_back(node.target());
  return targets;
}

/// x -> a = f(x); b = g(a, a, x) -> b, a
struct Sample {
  Graph graph;
  GraphValue& x = graph.add_value("x", tensor_type());
  Node& f;
  Node& g;
  GraphValue& a;
  GraphValue& b;

  Sample()
      : f((graph.add_input(x), graph.append(call(graph, "f", {&x}, "a")))),
        g(graph.append(call(graph, "g", {&f.result(), &f.result(), &x}, "b"))),
        a(f.result()),
        b(g.result()) {
    graph.set_outputs({b, a});
  }
};

}  // namespace

TEST_CASE("values know what defines and what uses them") {
  Sample s;
  CHECK(s.x.is_input());
  CHECK(s.x.producer() == nullptr);
  CHECK(s.a.producer() == &s.f);
  CHECK(s.a.users() == std::vector<Node*>{&s.g});
  CHECK(s.x.users() == std::vector<Node*>{&s.f, &s.g});
  CHECK(s.a.is_output());
  CHECK(names_of(s.g.operands()) == Names{"a", "x"});
  CHECK(s.graph.find("b") == &s.b);
  CHECK(s.graph.find("c") == nullptr);
}

TEST_CASE("an argument that is replaced is used no more") {
  Sample s;
  s.g.set_input(0, s.x);
  CHECK(s.a.users() == std::vector<Node*>{&s.g});
  s.g.set_input(1, std::int64_t{3});
  CHECK(s.a.users().empty());
  CHECK(s.a.is_used());  // the graph returns it
  s.graph.set_outputs({s.b});
  CHECK_FALSE(s.a.is_used());
  s.g.insert_input(0, {"", s.a, ArgumentKind::positional});
  CHECK(names_of(s.g.operands()) == Names{"a", "x"});
  s.g.erase_input(0);
  CHECK(s.a.users().empty());
}

TEST_CASE("all uses of a value become ones of another, in lists, dicts and outputs too") {
  Sample s;
  s.g.set_input(0, std::vector<TensorArgument>{{&s.a}, {&s.x}});
  s.g.set_input(1, ArgumentDict{{{"key", s.a}}});
  s.graph.replace_uses(s.a, s.x);
  CHECK(s.a.users().empty());
  CHECK_FALSE(s.a.is_used());
  CHECK(names_of(s.g.operands()) == Names{"x"});
  CHECK(s.graph.outputs()[1].as_value() == &s.x);
  CHECK(s.x.is_output());
}

TEST_CASE("a node that comes to use a value again uses it once, and until its last use is gone") {
  Sample s;
  s.graph.append(call(s.graph, "h", {&s.a}, "c"));
  s.f.insert_input(0, {"", s.x, ArgumentKind::positional});
  CHECK(s.x.users() == std::vector<Node*>{&s.f, &s.g});
  s.f.erase_input(0);
  CHECK(s.x.users() == std::vector<Node*>{&s.f, &s.g});
  s.f.erase_input(0);
  CHECK(s.x.users() == std::vector<Node*>{&s.g});
  s.graph.replace_uses(s.a, s.x);
  CHECK(s.x.users().size() == 2);
  CHECK(s.a.users().empty());
  s.g.set_inputs({});
  CHECK(s.x.users() == std::vector<Node*>{&s.graph.nodes()[2]});
}

TEST_CASE("many nodes may use one value") {
  Graph graph;
  GraphValue& x = graph.add_value("x", tensor_type());
  GraphValue& y = graph.add_value("y", tensor_type());
  graph.set_inputs({x, y});
  constexpr std::size_t kMany = 200000;
  for (std::size_t i = 0; i < kMany; ++i) {
    NodeFields fields;
    fields.inputs = {{"", x, ArgumentKind::positional}};
    graph.append(std::move(fields));
  }
  CHECK(x.users().size() == kMany);
  graph.replace_uses(x, y);
  CHECK(y.users().size() == kMany);
  CHECK(graph.erase_dead([](const Node&) { return true; }) == kMany);
  CHECK_FALSE(y.is_used());
}

TEST_CASE("a node goes when nothing uses its results, and what it used is free") {
  Sample s;
  CHECK_THROWS_WITH_AS(s.graph.erase(s.f), "node 'a' cannot be erased: its result 'a' is used",
                       ProgramError);
  s.graph.set_outputs({s.x});
  s.graph.erase(s.g);
  CHECK(s.graph.num_nodes() == 1);
  CHECK(s.a.users().empty());
  CHECK(s.graph.find("b") == nullptr);
  CHECK(s.graph.erase_dead([](const Node&) { return true; }) == 1);
  CHECK(s.graph.num_nodes() == 0);
  CHECK(s.x.users().empty());
  CHECK(names_of(s.graph.values()) == Names{"x"});
}

TEST_CASE("dead nodes go from last to first, unless they must stay") {
  Sample s;
  s.graph.set_outputs({s.x});
  CHECK(s.graph.erase_dead([](const Node& node) { return node.target() != "f"; }) == 1);
  CHECK(targets_of(s.graph) == Names{"f"});
}

TEST_CASE("nodes may be inserted, erased and moved while they are looked at") {
  Sample s;
  s.graph.set_outputs({s.x});
  Names seen;
  for (Node& node : s.graph.nodes()) {
    seen.push_back(node.target());
    if (node.target() == "f") {
      s.graph.insert_before(node, call(s.graph, "before", {&s.x}, "p"));
      s.graph.insert_after(&node, call(s.graph, "after", {&s.x}, "q"));
    }
    if (node.target() == "g") s.graph.erase(node);
  }
  CHECK(seen == Names{"f", "after", "g"});
  CHECK(targets_of(s.graph) == Names{"before", "f", "after"});
  s.graph.insert_after(nullptr, call(s.graph, "first", {}, "r"));
  CHECK(targets_of(s.graph) == Names{"first", "before", "f", "after"});
  s.graph.move_before(s.graph.nodes()[3], s.graph.nodes()[0]);
  CHECK(targets_of(s.graph) == Names{"after", "first", "before", "f"});
  CHECK(s.graph.nodes()[3].next() == nullptr);
}

TEST_CASE("an erased node leads on to those behind it, however many of them went, too") {
  Sample s;
  s.graph.set_outputs({s.x});
  Node& h = s.graph.append(call(s.graph, "h", {}, "c"));
  Node* here = &s.f;
  s.graph.erase(s.g);
  s.graph.erase(s.f);
  CHECK(here->next() == &h);
}

TEST_CASE("names are unique: a taken one is refused, new ones are made as torch.fx makes them") {
  Sample s;
  CHECK_THROWS_AS(s.graph.add_value("a"), ProgramError);
  CHECK_THROWS_AS(s.graph.rename(s.b, "a"), ProgramError);
  CHECK(s.graph.unique_name("a") == "a_1");
  CHECK(s.graph.unique_name("a") == "a_2");
  s.graph.add_value("mul_7");
  CHECK(s.graph.unique_name("mul") == "mul");
  s.graph.rename(s.b, "result");
  CHECK(s.g.name() == "result");
  CHECK(s.graph.find("result") == &s.b);
  CHECK(s.graph.find("b") == nullptr);
}

TEST_CASE("values renamed together may take each other's names, and nodes follow") {
  Sample s;
  CHECK(s.f.shares_name_with_result());
  s.graph.rename({{&s.a, "b"}, {&s.b, "a"}});
  CHECK(names_of({s.graph.find("a"), s.graph.find("b")}) == Names{"a", "b"});
  CHECK(s.graph.find("a") == &s.b);
  CHECK(s.f.name() == "b");
  CHECK(s.g.name() == "a");
  CHECK_THROWS_WITH_AS(s.graph.rename({{&s.a, "y"}, {&s.b, "x"}}),
                       "the graph would have two values named 'x'", ProgramError);
  CHECK_THROWS_AS(s.graph.rename({{&s.a, "y"}, {&s.b, "y"}}), ProgramError);
  CHECK(names_of({s.graph.find("a"), s.graph.find("b")}) == Names{"a", "b"});
}

TEST_CASE("what nothing defines and nothing uses is erased, and its name is free") {
  Sample s;
  s.graph.add_value("left", tensor_type());
  GraphValue& used = s.graph.add_value("used", tensor_type());
  s.f.set_input(0, used);
  s.graph.erase_undefined();
  CHECK(names_of(s.graph.values()) == Names{"x", "a", "b", "used"});
  CHECK(s.graph.find("left") == nullptr);
  const GraphValue& again = s.graph.add_value("left");
  CHECK(s.graph.find("left") == &again);
}

TEST_CASE("nodes are found from last to first, too") {
  Sample s;
  CHECK(&s.graph.nodes().back() == &s.g);
  CHECK(s.g.previous() == &s.f);
  CHECK(s.f.previous() == nullptr);
  CHECK(Graph().nodes().empty());
}

TEST_CASE("one node may come to use another value") {
  Sample s;
  s.g.replace_input(s.a, s.x);
  CHECK(names_of(s.g.operands()) == Names{"x"});
  CHECK(s.a.users().empty());
  CHECK(s.x.users() == std::vector<Node*>{&s.f, &s.g});
}

TEST_CASE("a node with several results keeps its name when one of them is renamed") {
  Graph graph;
  GraphValue& split = graph.add_value("split", tensor_type());
  GraphValue& rest = graph.add_value("rest", tensor_type());
  NodeFields fields;
  fields.target = "split";
  fields.name = "split";
  fields.outputs = {std::vector<TensorArgument>{{&split}, {&rest}}};
  Node& node = graph.append(std::move(fields));
  graph.rename(split, "half");
  CHECK(node.name() == "split");
  CHECK(names_of(node.results()) == Names{"half", "rest"});
  CHECK_THROWS_WITH_AS(node.result(), "node 'split' has 2 results, not one", ProgramError);
}

TEST_CASE("a value is defined once") {
  Sample s;
  NodeFields again;
  again.target = "h";
  again.outputs = {s.a};
  CHECK_THROWS_WITH_AS(s.graph.append(again), "the value 'a' is defined a second time, by node 'h'",
                       ProgramError);
  CHECK_THROWS_AS(s.graph.add_input(s.a), ProgramError);
  CHECK(targets_of(s.graph) == Names{"f", "g"});
}

TEST_CASE("an argument of a value is of the value's kind") {
  Graph graph;
  CHECK(Argument(graph.add_value("t", TensorMeta{})).get<TensorArgument>() != nullptr);
  CHECK(Argument(graph.add_value("n", SymInt{3})).get<SymIntArgument>() != nullptr);
  CHECK(Argument(graph.add_value("f", SymFloat{0.5})).get<SymFloatArgument>() != nullptr);
  CHECK(Argument(graph.add_value("c", SymBool{true})).get<SymBoolArgument>() != nullptr);
  CHECK(Argument(graph.add_value("o", CustomObjType{"C"})).get<CustomObjArgument>()->class_fqn ==
        "C");
  CHECK_THROWS_AS(Argument(graph.add_value("u")), ProgramError);
  CHECK(Argument(std::int64_t{2}).as_value() == nullptr);
}

TEST_CASE("a copy has values of its own, subgraphs included, and is not changed with the graph") {
  Sample s;
  Graph inner;
  inner.add_input(inner.add_value("y", tensor_type()));
  inner.set_outputs({*inner.find("y")});
  s.g.set_input(0, GraphArgument{"body", Box<Graph>(std::move(inner))});
  Graph copy = s.graph;
  CHECK(copy.find("a") != &s.a);
  CHECK(copy.find("a")->users() == std::vector<Node*>{&copy.nodes()[1]});
  Graph& body = *copy.nodes()[1].subgraphs().at(0)->graph;
  body.rename(*body.find("y"), "z");
  CHECK(s.g.subgraphs().at(0)->graph->find("y") != nullptr);
  copy.set_outputs({});
  copy.erase(copy.nodes()[1]);
  CHECK(s.graph.num_nodes() == 2);
  const Graph moved = std::move(copy);
  CHECK(moved.find("a")->producer() == &moved.nodes()[0]);
}

TEST_CASE("signatures of a copied module name the values of the copy") {
  Sample s;
  GraphModule module;
  module.graph = std::move(s.graph);
  module.signature.input_specs = {{InputKind::user_input, *module.graph.find("x"), ""}};
  module.signature.output_specs = {
      {OutputKind::user_input_mutation, *module.graph.find("b"), "", module.graph.find("x")},
      {OutputKind::user_output, *module.graph.find("a"), ""}};
  ModuleCallSignature call;
  call.inputs = {*module.graph.find("x"), TensorArgument{&module.graph.find_or_add("gone")}};
  module.module_call_graph = {{"layer", call}};

  const GraphModule copy = module;
  CHECK(copy.signature.input_specs[0].arg.as_value() == copy.graph.find("x"));
  CHECK(copy.signature.output_specs[0].input == copy.graph.find("x"));
  CHECK(copy.signature.output_specs[1].arg.as_value() == copy.graph.find("a"));
  const auto& inputs = copy.module_call_graph[0].signature->inputs;
  CHECK(inputs[0].as_value() == copy.graph.find("x"));
  CHECK(inputs[1].as_value()->name() == "gone");
  CHECK_FALSE(inputs[1].as_value()->is_defined());
}

TEST_CASE("a call is inserted with the names that its operator has for its arguments") {
  Sample s;
  GraphValue& sum = s.graph.insert_call(s.g, "torch.ops.aten.add.Tensor", {s.x, s.a}, s.x.type());
  CHECK(sum.name() == "add_tensor");
  CHECK(sum.producer()->next() == &s.g);
  CHECK(sum.producer()->input("other")->as_value() == &s.a);
  CHECK_THROWS_AS(s.graph.insert_call(s.g, "torch.ops.aten.nope.default", {}, {}), ProgramError);
  CHECK_THROWS_WITH_AS(
      s.graph.insert_call(s.g, "torch.ops.aten.relu.default", {s.x, s.a}, s.x.type()),
      "torch.ops.aten.relu.default takes 1 arguments, but is given 2", ProgramError);
}

}  // namespace roundtrip
