#include "export/torchscript/graphs/graph_runner.h"

#include <ATen/core/List.h>
#include <doctest/doctest.h>
#include <torch/csrc/jit/ir/irparser.h>

#include <stdexcept>

#include "export/torchscript/graphs/symbol_lists.h"

using namespace roundtrip;
using torch::jit::Stack;

namespace {

/// Numbers are plain ones, and loops have ten iterations at most.
class PlainRunner final : public GraphRunner {
 protected:
  void run_operator(const torch::jit::Node& node, ScriptFrame& frame) override {
    Stack stack = frame.get(node.inputs());
    call_operator(node, stack);
    frame.set(node.outputs(), std::move(stack));
  }
  void start_iteration(std::int64_t index) override {
    if (index >= 10) throw std::runtime_error("too many iterations");
  }
};

Stack run(const std::string& text, Stack inputs) {
  torch::jit::Graph graph;
  torch::jit::parseIR(text, &graph);
  ScriptFrame frame;
  frame.set(graph.inputs(), std::move(inputs));
  return PlainRunner().run(*graph.block(), frame);
}

}  // namespace

TEST_CASE("a loop carries values from one iteration to the next, and lists are shared") {
  const char* text = R"(
graph(%n : int):
  %0 : int = prim::Constant[value=0]()
  %true : bool = prim::Constant[value=1]()
  %items : int[] = prim::ListConstruct(%0)
  %sum : int = prim::Loop(%n, %true, %0)
    block0(%i : int, %s : int):
      %next : int = aten::add(%s, %i)
      %same : int[] = aten::append(%items, %next)
      -> (%true, %next)
  return (%sum, %items)
)";
  const Stack results = run(text, {4});
  CHECK(results.at(0).toInt() == 6);
  CHECK(results.at(1).toIntVector() == std::vector<std::int64_t>{0, 0, 1, 3, 6});
  CHECK_THROWS_WITH(run(text, {11}), "too many iterations");
}

TEST_CASE("one of two blocks is run") {
  const char* text = R"(
graph(%n : int):
  %0 : int = prim::Constant[value=0]()
  %negative : bool = aten::lt(%n, %0)
  %size : int = prim::If(%negative)
    block0():
      %m : int = aten::neg(%n)
      -> (%m)
    block1():
      -> (%n)
  %pair : (int, bool) = prim::TupleConstruct(%size, %negative)
  %a : int, %b : bool = prim::TupleUnpack(%pair)
  return (%a, %b)
)";
  CHECK(run(text, {-3}).at(0).toInt() == 3);
  CHECK(run(text, {3}).at(0).toInt() == 3);
  CHECK_FALSE(run(text, {3}).at(1).toBool());
}

TEST_CASE("lists of plain ints are left to TorchScript's own operators") {
  const Stack lists{c10::List<std::int64_t>({1, 2}), c10::List<std::int64_t>({1, 2})};
  CHECK_FALSE(answer_about_lists(c10::aten::eq, lists));
}
