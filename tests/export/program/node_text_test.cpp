#include "export/program/node_text.h"

#include <doctest/doctest.h>

using namespace roundtrip;

TEST_CASE("arguments of every kind have a text") {
  Graph graph;
  GraphValue& x = graph.add_value("x", TensorMeta{});
  GraphValue& n = graph.add_value("n", SymInt{3});
  const std::vector<Argument> arguments = {
      x,
      n,
      NoneArgument{},
      true,
      std::int64_t{2},
      "text",
      std::vector<bool>{true, false},
      std::vector<std::vector<std::int64_t>>{{1, 2}, {}},
      std::vector<std::vector<TensorArgument>>{{{&x}}, {{&x}, {&x}}},
      std::vector<OptionalTensorArgument>{NoneArgument{}, TensorArgument{&x}},
      std::vector<SymIntArgument>{{&n}, {std::int64_t{4}}},
      OperatorArgument{"torch.ops.aten.add.Tensor"},
      ArgumentDict{{{"key", Argument(n)}}},
      UnknownArgument{"as_new", "{\"as_new\":1}"},
      GraphArgument{"body", {}}};
  CHECK(arguments_text(arguments) ==
        "x, n, None, true, 2, 'text', [true, false], [[1, 2], []], [[x], [x, x]], [None, x], "
        "[n, 4], torch.ops.aten.add.Tensor, {key: n}, {\"as_new\":1}, body{\n()\nreturn ()\n}");
}
