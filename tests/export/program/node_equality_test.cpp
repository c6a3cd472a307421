#include "export/program/node_equality.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace roundtrip;

namespace {

GraphArgument body_that_returns(const char* name) {
  GraphArgument body{"body", {}};
  body.graph->set_outputs({Argument(body.graph->add_value(name, TensorMeta{}))});
  return body;
}

}  // namespace

TEST_CASE("arguments are the same by kind and by value") {
  Graph graph;
  GraphValue& x = graph.add_value("x", TensorMeta{});
  GraphValue& y = graph.add_value("y", TensorMeta{});
  GraphValue& n = graph.add_value("n", SymInt{3});
  const std::vector<Argument> all = {
      NoneArgument{},
      x,
      y,
      n,
      true,
      false,
      std::int64_t{0},
      std::int64_t{1},
      1.0,
      std::nextafter(1.0, 2.0),
      0.0,
      -0.0,
      std::numeric_limits<double>::quiet_NaN(),
      std::complex<double>(1, 2),
      std::complex<double>(1, -2),
      "text",
      "other",
      c10::kFloat,
      c10::kDouble,
      c10::MemoryFormat::Contiguous,
      c10::MemoryFormat::ChannelsLast,
      c10::Layout::Strided,
      c10::Layout::Sparse,
      c10::Device(c10::kCPU),
      c10::Device(c10::kMeta),
      std::vector<bool>{true},
      std::vector<bool>{false},
      std::vector<std::int64_t>{1},
      std::vector<std::int64_t>{1, 2},
      std::vector<double>{1},
      std::vector<double>{std::nextafter(1.0, 2.0)},
      std::vector<std::string>{"a"},
      std::vector<std::string>{"b"},
      std::vector<std::vector<std::int64_t>>{{1, 2}, {}},
      std::vector<std::vector<std::int64_t>>{{1}, {2}},
      std::vector<std::vector<double>>{{1}},
      std::vector<TensorArgument>{{&x}},
      std::vector<TensorArgument>{{&y}},
      std::vector<TensorArgument>{{&x}, {&y}},
      std::vector<std::vector<TensorArgument>>{{{&x}}, {{&y}}},
      std::vector<std::vector<TensorArgument>>{{{&x}, {&y}}},
      OptionalTensorArgument{TensorArgument{&x}},
      OptionalTensorArgument{NoneArgument{}},
      std::vector<OptionalTensorArgument>{NoneArgument{}, TensorArgument{&x}},
      std::vector<OptionalTensorArgument>{TensorArgument{&x}, NoneArgument{}},
      SymIntArgument{std::int64_t{4}},
      std::vector<SymIntArgument>{{&n}, {std::int64_t{4}}},
      std::vector<SymIntArgument>{{&n}, {std::int64_t{5}}},
      SymFloatArgument{4.0},
      SymFloatArgument{4.5},
      std::vector<SymFloatArgument>{{4.0}},
      SymBoolArgument{true},
      SymBoolArgument{false},
      std::vector<SymBoolArgument>{{true}},
      CustomObjArgument{&x, "A"},
      CustomObjArgument{&x, "B"},
      OperatorArgument{"torch.ops.aten.add.Tensor"},
      OperatorArgument{"torch.ops.aten.mul.Tensor"},
      ArgumentDict{{{"key", Argument(n)}}},
      ArgumentDict{{{"key", Argument(x)}}},
      ArgumentDict{{{"other", Argument(n)}}},
      UnknownArgument{"as_new", "1"},
      UnknownArgument{"as_new", "2"},
      GraphArgument{"body", {}},
      GraphArgument{"other", {}},
      body_that_returns("a"),
      body_that_returns("b")};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(same_arguments({all[i]}, {all[j]}) == (i == j));
    }
  }
  CHECK_FALSE(same_arguments({x}, {x, x}));
}

TEST_CASE("nodes are the same by target, arguments, their names and kinds, and results") {
  const auto node_of = [](Graph& graph, const std::string& target, NamedArgument input,
                          const char* result) -> const Node& {
    NodeFields fields;
    fields.target = target;
    fields.inputs = {std::move(input)};
    fields.outputs = {Argument(graph.add_value(result, TensorMeta{}))};
    return graph.append(std::move(fields));
  };
  const NamedArgument one{"self", std::int64_t{1}, ArgumentKind::positional};
  Graph first;
  const Node& node = node_of(first, "a", one, "r");
  const auto same_as = [&](const std::string& target, NamedArgument input, const char* result) {
    Graph second;
    return same_node(node, node_of(second, target, std::move(input), result));
  };
  CHECK(same_as("a", one, "r"));
  CHECK_FALSE(same_as("b", one, "r"));
  CHECK_FALSE(same_as("a", one, "s"));
  CHECK_FALSE(same_as("a", {"other", std::int64_t{1}, ArgumentKind::positional}, "r"));
  CHECK_FALSE(same_as("a", {"self", std::int64_t{1}, ArgumentKind::keyword}, "r"));
  CHECK_FALSE(same_as("a", {"self", std::int64_t{2}, ArgumentKind::positional}, "r"));
}
