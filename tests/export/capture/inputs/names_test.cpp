#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

using Named = std::vector<std::string>;

/// Captures a model that has a scale under each of these names.
Program with_names(const Named& parameters, const Named& buffers = {}, const Named& modules = {},
                   const Named& inputs = {"x"}) {
  const Tensor scale = at::ones({2});
  ModuleState state;
  state.modules.push_back({"", "Model"});
  for (const auto& name : parameters) state.parameters.insert(name, scale.detach());
  for (const auto& name : buffers) state.buffers.insert(name, scale.detach());
  for (const auto& name : modules) state.modules.push_back({name, "Layer"});
  Module module([](const Values& args, const Kwargs&) { return Value(args[0].tensor() + 1); },
                [=] { return state; });
  module.arg_names(inputs);
  return capture_program({module, Values(inputs.size(), Value(at::ones({2}))), {}, {}});
}

}  // namespace

TEST_CASE("a name that Python's modules have already is refused, with one that works") {
  CHECK_THROWS_WITH_AS(with_names({"to"}),
                       "the parameter 'to' would break the program's file in Python: a module "
                       "there has something else called 'to'. Register it under another name "
                       "('to_1', say)",
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({}, {"a.half"}), doctest::Contains("the buffer 'a.half'"),
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({}, {}, {"a", "a.type"}),
                       doctest::Contains("the submodule 'a.type'"), CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"forward.weight"}), doctest::Contains("the submodule 'forward'"),
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"lambda"}), doctest::Contains("'lambda' is a keyword there"),
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"a\"b"}), doctest::Contains("('a_b', say)"), CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"a."}), doctest::Contains("a part of its name is empty"),
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"__init__"}), doctest::Contains("('__init___1', say)"),
                       CaptureError);
}

TEST_CASE("names that only Python's unflatten cannot hold are warnings") {
  CHECK_THROWS_AS(with_names({"graph"}), CaptureError);
  const Program program = with_names({"a.graph", "a.weight", "0.weight"}, {"adapted", "a-b"});
  REQUIRE(program.warnings.size() == 2);
  CHECK(program.warnings[0] ==
        "The parameter 'a.graph' has a name with which Python's torch.export.unflatten fails: a "
        "module there has something else called 'graph'. Register it under another name "
        "('graph_1', say), if the program is to be unflattened there");
  CHECK(program.warnings[1].starts_with("The buffer 'adapted'"));
}

TEST_CASE("a name stands for one thing") {
  CHECK_THROWS_WITH_AS(with_names({"a"}, {"a"}),
                       "the model has a parameter and a buffer of one name, 'a'. In Python a "
                       "module has one thing of a name: register one of them under another",
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"fc"}, {}, {"fc"}),
                       doctest::Contains("a submodule and a parameter of one name, 'fc'"),
                       CaptureError);
  CHECK_THROWS_WITH_AS(with_names({"fc", "fc.weight"}),
                       doctest::Contains("a parameter and a submodule of one name, 'fc'"),
                       CaptureError);
}

TEST_CASE("inputs have names that parameters of a Python function can have") {
  for (const char* name : {"lambda", "self", "", "a b", "1a", "a.b", "torch"}) {
    CHECK_THROWS_WITH_AS(with_names({}, {}, {}, {name}),
                         doctest::Contains(c10::str("the input '", name, "'").c_str()),
                         CaptureError);
  }
  CHECK_THROWS_WITH_AS(with_names({}, {}, {}, {"x", "x"}),
                       doctest::Contains("two inputs are called 'x'"), CaptureError);
  CHECK_NOTHROW(with_names({"x"}, {}, {}, {"type", "é", "_"}));
}

TEST_CASE("a constant gets no name that the model has for something else") {
  const Tensor own = at::ones({2}), other = at::full({2}, 2.0);
  const auto state = [=] {
    ModuleState all;
    all.buffers.insert("lifted_tensor_0", own);
    return all;
  };
  const Module module([=](const Tensor& x) { return x * own + other; }, state);
  const Program program = capture_program({module, {at::ones({2})}, {}, {}});
  CHECK(program.constants.contains("lifted_tensor_1"));
  CHECK(program.constants.size() == 1);
}
