#include "export/capture/capture.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/graph_text.h"

using at::Tensor;
using namespace roundtrip;

TEST_CASE("x + y becomes one node") {
  Module model([](const Tensor& x, const Tensor& y) { return x + y; });
  model.arg_names({"x", "y"});
  const Program program = capture_program({model, {at::ones({2, 3}), at::ones({3})}, {}, {}});
  CHECK(graph_text(program) ==
        "(x, y)\n"
        "add = aten.add.Tensor(self=x, other=y)\n"
        "return (add)\n");
  const TensorMeta& meta = program.graph_module.graph.tensor_values["add"];
  CHECK(std::get<std::int64_t>(meta.sizes[0]) == 2);
}
