#include <roundtrip/annotate.h>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

/// The annotations of the program's nodes; empty where a node has none.
std::vector<std::string> annotations(const Program& program) {
  std::vector<std::string> found;
  for (const Node& node : program.graph_module.graph.nodes()) {
    found.emplace_back();
    for (const auto& [key, text] : node.metadata()) {
      if (key == "custom") found.back() = text;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("nodes have the annotations of the regions around them, the inner ones first") {
  const auto model = [](Tensor x) {
    {
      const Annotate outer{{"stage", 0}, {"name", "a"}};
      x = x.sin();
      const Annotate inner{{"stage", 1}};
      x = x.cos();
    }
    return x.tan();
  };
  CHECK(
      annotations(capture(model, {"x"}, {at::ones({2})})) ==
      std::vector<std::string>{R"({"stage": 0, "name": "a"})", R"({"stage": 1, "name": "a"})", ""});
}

TEST_CASE("annotations are what JSON can hold, as Python's json.dumps writes it") {
  const auto model = [](const Tensor& x) {
    const Annotate all{{"none", Value()},
                       {"bool", true},
                       {"float", 1.0},
                       {"list", Value::list({1, "two"})},
                       {"dict", Value::dict({{"k", Value::tuple({2})}})}};
    return x.sin();
  };
  CHECK(annotations(capture(model, {"x"}, {at::ones({2})})) ==
        std::vector<std::string>{R"({"none": null, "bool": true, "float": 1.0, )"
                                 R"("list": [1, "two"], "dict": {"k": [2]}})"});
  CHECK_THROWS_WITH_AS((Annotate{{"tensor", at::ones({2})}}), "an annotation cannot hold a Tensor",
                       Error);
}

TEST_CASE("annotations outside of forward are no part of a program") {
  const auto sine = [](const Tensor& x) { return x.sin(); };
  { const Annotate before{{"stage", 0}}; }
  CHECK(annotations(capture(sine, {"x"}, {at::ones({2})})) == std::vector<std::string>{""});
}
