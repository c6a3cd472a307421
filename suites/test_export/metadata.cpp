// What nodes and programs say of themselves: the user's annotations, and what is kept of it
// when a program is exported again.
#include <roundtrip/annotate.h>
#include <roundtrip/module_call.h>

#include "suites/test_export/node_metadata.h"
#include "suites/test_export/test_export.h"
#include "suites/test_export/unflatten.h"

/// What is not of Roundtrip's namespace, and no inlined call, is seen in stack traces without
/// debug information, too.
namespace traced_model {

[[gnu::noinline]] at::Tensor linear(const at::Tensor& x) {
  return at::linear(x, at::ones({4, 4}));
}

}  // namespace traced_model

namespace roundtrip {

namespace {

using Layer = torch::nn::Module;

struct LinearLayer : Layer {
  LinearLayer(std::int64_t in, std::int64_t out)
      : w(register_parameter("w", at::rand({out, in}))),
        b(register_parameter("b", at::rand({out}))) {}
  Tensor forward(const Tensor& x) { return at::linear(x, w, b); }
  Tensor w, b;
};

/// The annotations of the nodes, in order; empty where a node has none.
std::vector<std::string> annotations(const Graph& graph) {
  std::vector<std::string> found;
  for (const Node& node : graph.nodes()) found.push_back(metadata(node, "custom"));
  return found;
}

std::vector<std::string> annotations(const UnflattenedModule& module) {
  REQUIRE(module.graph() != nullptr);
  return annotations(*module.graph());
}

/// The stack traces of the nodes, in order; empty where a node has none.
std::vector<std::string> stack_traces(const ExportedProgram& program) {
  std::vector<std::string> traces;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    traces.push_back(metadata(node, "stack_trace"));
  }
  return traces;
}

}  // namespace

TEST(TestExport, test_custom_tag_metadata_re_export,
     xfail_under({"decompose"}, "linear is taken apart"),
     xfail_under({"unflatten"}, "modules do not keep what the program is annotated with")) {
  const Values inputs{at::zeros({1, 2})};
  const Module model = make_module(std::make_shared<LinearLayer>(2, 4)).arg_names({"x"});
  ExportedProgram program = t.export_program(model, inputs).clone();
  program.edit([](Program& edited) {
    edited.graph_module.metadata.emplace_back("custom", R"({"f": "bar"})");
    for (Node& node : edited.graph_module.graph.nodes()) {
      if (node.target() != "torch.ops.aten.linear.default") continue;
      node.metadata().emplace_back("custom", R"({"quantization_tag": "foo"})");
    }
  });

  auto again = t.export_program(program.module(), inputs);
  const GraphModule& module = again.program().graph_module;
  CHECK(module.metadata == Metadata{{"custom", R"({"f": "bar"})"}});
  CHECK(operators(again) == "linear.default");
  CHECK(annotations(module.graph) == std::vector<std::string>{R"({"quantization_tag": "foo"})"});
}

TEST(TestExport, test_nonstrict_retrace_preserves_metadata,
     xfail_under({"decompose"}, "linear is taken apart")) {
  const Values inputs{at::randn({4, 4})};
  Module model([](const Tensor& x) { return traced_model::linear(x); });
  auto program = t.export_program(model, inputs, {}, strict(false));
  auto again = t.export_program(program.module(), inputs, {}, strict(false));
  REQUIRE(operators(program) == "ones.default, linear.default");
  CHECK(stack_traces(program).back().find("traced_model::linear") != std::string::npos);
  CHECK(stack_traces(again) == stack_traces(program));
}

TEST(TestExport, test_preserve_annotation) {
  Module model([](Tensor x) {
    {
      const Annotate stage{{"pp_stage", 0}};
      {
        const Annotate bucket{{"fdsp_bucket", 0}};
        x = x + 1;
      }
      x = x - 2;
      const Annotate stream{{"cuda_stream", 2}, {"fsdp_bucket", 1}};
      x = x * 2;
    }
    return x / 3;
  });
  auto program = t.export_program(model, {at::randn({10})});
  REQUIRE(operators(program) == "add.Scalar, sub.Scalar, mul.Scalar, div.Scalar");
  CHECK(annotations(program.program().graph_module.graph) ==
        std::vector<std::string>{R"({"pp_stage": 0, "fdsp_bucket": 0})", R"({"pp_stage": 0})",
                                 R"({"pp_stage": 0, "cuda_stream": 2, "fsdp_bucket": 1})", ""});
}

TEST(TestExport, test_uplift_common_custom_meta,
     xfail_under({"unflatten"}, "nodes that call modules do not keep their annotations")) {
  struct N : Layer {
    Tensor forward(const Tensor& x) { return x + 2; }
  };
  struct M : Layer {
    std::shared_ptr<N> n = register_module("n", std::make_shared<N>());
    Tensor forward(const Tensor& x, const Tensor& y) {
      Tensor z;
      {
        const Annotate moo{{"moo", 1}};
        z = call(n, x) + 1;
      }
      return z.matmul(y);
    }
  };
  const Module model = make_module(std::make_shared<M>()).arg_names({"x", "y"});
  const UnflattenedModule modules =
      unflatten(t.export_program(model, {at::rand({2, 2}), at::rand({2, 2})}));
  CHECK(annotations(modules) == std::vector<std::string>{R"({"moo": 1})", R"({"moo": 1})", ""});
  CHECK(annotations(modules.submodule("n")) == std::vector<std::string>{""});
}

// What annotates two of three calls upstream is Dynamo, which does not trace into `foo1`.
TEST(TestExport, test_uplift_common_custom_meta_with_multiple_calls,
     xfail_under({"unflatten"}, "nodes that call modules do not keep their annotations")) {
  struct N : Layer {
    Tensor buffer = register_buffer("buffer", at::randn({2, 2}));
    Tensor forward(const Tensor& x) { return x + buffer; }
  };
  struct M : Layer {
    std::shared_ptr<N> n = register_module("n", std::make_shared<N>());
    Tensor foo1(const Tensor& x) {
      const Annotate by_method{{"method", "foo1"}};
      return call(n, x).matmul(x);
    }
    Tensor foo2(const Tensor& x) { return call(n, x) * x; }
    Tensor forward(const Tensor& x) {
      const Tensor first = foo1(x);
      const Tensor sum = first + foo2(x);
      return sum + foo1(x);
    }
  };
  const UnflattenedModule modules =
      unflatten(t.export_program(module_of<M>(), {at::randn({2, 2})}));
  std::vector<std::string> of_calls;
  for (const Node& node : modules.graph()->nodes()) {
    if (node.target() == "call_module") of_calls.push_back(metadata(node, "custom"));
  }
  CHECK(of_calls == std::vector<std::string>{R"({"method": "foo1"})", "", R"({"method": "foo1"})"});
  CHECK(annotations(modules.submodule("n")) == std::vector<std::string>{""});
}

}  // namespace roundtrip
