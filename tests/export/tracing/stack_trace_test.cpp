#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/capture_call.h"
#include "tests/export/tracing/placed_model.h"

using at::Tensor;
using namespace roundtrip;

namespace {

const std::string& metadata_of(const Program& program, const std::string& name,
                               const std::string& key) {
  static const std::string kNone;
  for (const Node& node : program.graph_module.graph.nodes()) {
    if (node.name() != name) continue;
    for (const auto& [entry, value] : node.metadata()) {
      if (entry == key) return value;
    }
  }
  return kNone;
}

std::string in_file(int line, const std::string& function, const std::string& code) {
  return "File \"" + placed::file() + "\", line " + std::to_string(line) + ", in " + function +
         "\n    " + code;
}

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("a node knows the C++ lines that call its operator, inlined calls too") {
  const Program program = capture(placed::model(), {"x"}, {at::ones({2, 2})});
  const std::string outer =
      in_file(placed::kModelLine, "operator()",
              "return Module([](const Tensor& x) { return Net{}.forward(x); });") +
      "\n  " +
      in_file(placed::kForwardLine, "placed::Net::forward", "return scaled(x) + 1;  // forward");
  CHECK(metadata_of(program, "add", "stack_trace") == outer);
  CHECK(metadata_of(program, "mul", "stack_trace") ==
        outer + "\n  " +
            in_file(placed::kScaledLine, "placed::Net::scaled", "return x * 2;  // scaled"));
  const Program bare = capture(placed::model(), {"x"}, {at::ones({2, 2})}, {.stack_traces = false});
  CHECK(metadata_of(bare, "add", "stack_trace").empty());
}

TEST_CASE("nodes within a branch know their lines") {
  const Program program = capture(placed::branching(), {"x"}, {at::ones({2})});
  const Graph& graph = program.graph_module.graph;
  const Node& cond = graph.nodes()[graph.num_nodes() - 1];
  const auto* branch = cond.inputs()[1].arg.get<GraphArgument>();
  REQUIRE(branch != nullptr);
  const Node& node = branch->graph->nodes().front();
  REQUIRE(node.metadata().front().first == "stack_trace");
  CHECK(node.metadata().front().second.find("// in the branch") != std::string::npos);
}

namespace bare {

[[gnu::noinline]] Tensor forward(const Tensor& x) {
  Tensor y = x.relu();
  return y;
}

}  // namespace bare

TEST_CASE("without debug information a node knows functions and offsets") {
  const Program program =
      capture([](const Tensor& x) { return bare::forward(x); }, {"x"}, {at::ones({2})});
  const std::string& trace = metadata_of(program, "relu", "stack_trace");
  CHECK(trace.find(
            "capture_test\", line 0, in bare::forward\n    (no debug information; offset 0x") !=
        std::string::npos);
  CHECK(trace.find("roundtrip::") == std::string::npos);
  CHECK(trace.find("std::") == std::string::npos);
}

TEST_CASE("torch_fn counts the calls of each operator, as Python's does") {
  const Program program =
      capture([](const Tensor& x) { return (x + x + x).relu(); }, {"x"}, {at::ones({2})});
  CHECK(metadata_of(program, "add", "torch_fn") == "add.Tensor_1;OpOverload.add.Tensor");
  CHECK(metadata_of(program, "add_1", "torch_fn") == "add.Tensor_2;OpOverload.add.Tensor");
  CHECK(metadata_of(program, "relu", "torch_fn") == "relu.default_1;OpOverload.relu.default");
}

TEST_CASE("errors name the line at which forward was") {
  const auto at_line = [](int line) {
    return "\n  at " + placed::file() + ":" + std::to_string(line) + ", in ";
  };
  const auto thrown = [](Module module) {
    return message_of([&] { capture(std::move(module), {"x"}, {at::ones({2, 2})}); });
  };
  CHECK(thrown(placed::branching_on_data()).find(at_line(placed::kBranchLine)) !=
        std::string::npos);
  CHECK(thrown(placed::failing()).find(at_line(placed::kFailingLine)) != std::string::npos);
  CHECK(thrown(placed::reading()).find(at_line(placed::kReadingLine)) != std::string::npos);
}

TEST_CASE("strict names the lines of what it refuses") {
  const auto thrown = [](Module module, DynamicShapes shapes = {}) {
    return message_of([&] {
      capture(std::move(module), {"x"}, {at::ones({3, 2})},
              {.strict = true, .dynamic_shapes = std::move(shapes)});
    });
  };
  const auto at_line = [](int line) {
    return "\n  at " + placed::file() + ":" + std::to_string(line) + ", in ";
  };
  const std::string size = thrown(placed::reading_a_size(), {{"x", {{0, Dim::DYNAMIC}}}});
  CHECK(size.find("as a plain integer") != std::string::npos);
  CHECK(size.find(at_line(placed::kSizeLine)) != std::string::npos);
  const std::string differing = thrown(placed::counting());
  CHECK(differing.find("was first") != std::string::npos);
  CHECK(differing.find(at_line(placed::kCountingLine)) != std::string::npos);
}

TEST_CASE("a size that is read as a plain number names the line, as a warning and as an error") {
  const std::string place =
      "\n  at " + placed::file() + ":" + std::to_string(placed::kSizeLine) + ", in operator()";
  const auto captured = [](bool generalize, DynamicShapes shapes) {
    return capture(placed::reading_a_size(), {"x"}, {at::ones({3, 2})},
                   {.generalize_sizes = generalize, .dynamic_shapes = std::move(shapes)});
  };
  for (const bool generalize : {true, false}) {
    const Program program = captured(generalize, {{"x", {{0, Dim::AUTO}}}});
    REQUIRE(program.warnings.size() == 1);
    CHECK(program.warnings[0].ends_with(place));
  }
  CHECK(message_of([&] { captured(false, {{"x", {{0, Dim("batch")}}}}); }).ends_with(place));
}
