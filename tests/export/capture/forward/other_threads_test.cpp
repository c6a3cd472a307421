#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <future>

#include "tests/export/capture/capture_call.h"
#include "tests/export/tracing/placed_model.h"

using at::Tensor;
using namespace roundtrip;

namespace {

/// What `function` gives on a thread of its own; what it throws is thrown here.
template <typename F>
Tensor elsewhere(F function) {
  return std::async(std::launch::async, std::move(function)).get();
}

ExportCall scaled_elsewhere(bool strict) {
  const Tensor weight = at::full({2}, 2.0);
  ModuleState state;
  state.parameters.insert("weight", weight);
  Module module([weight](const Tensor& x) { return x * elsewhere([&] { return weight * 3; }); },
                [state] { return state; });
  return {module, {at::ones({2})}, {}, {.strict = strict}};
}

bool mentions(const Program& program, const std::string& words) {
  return std::any_of(program.warnings.begin(), program.warnings.end(),
                     [&](const auto& each) { return each.find(words) != each.npos; });
}

}  // namespace

TEST_CASE("a parameter that another thread reads is a warning, or refused") {
  const Program program = capture_program(scaled_elsewhere(false));
  CHECK(mentions(program,
                 "another thread called aten::mul on the parameter 'weight' meanwhile. A program "
                 "has only what is called on the thread that captures it"));
  CHECK_THROWS_WITH_AS(capture_program(scaled_elsewhere(true)),
                       doctest::Contains("strict: another thread called aten::mul"), CaptureError);
}

TEST_CASE("an input that another thread reads is refused") {
  const auto model = [](const Tensor& x) { return elsewhere([&] { return x * 3; }); };
  CHECK_THROWS_WITH_AS(capture(model, {"x"}, {at::ones({2})}),
                       doctest::Contains("forward calls aten::mul.Scalar on another thread than "
                                         "the one that captures it"),
                       CaptureError);
}

TEST_CASE("threads that do not touch the model do not matter") {
  const Tensor own = at::ones({2});
  const auto model = [&](const Tensor& x) {
    elsewhere([&] { return own * 3; });
    return x * 2;
  };
  CHECK(capture(model, {"x"}, {at::ones({2})}, {.strict = true}).warnings.empty());
}

TEST_CASE("a tensor from outside is a warning with its place") {
  const Program program = capture(placed::using_from_outside(), {"x"}, {at::ones({2})});
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0] ==
        c10::str("forward uses a tensor from outside (sizes [2], Float) that is neither an input "
                 "nor a parameter or buffer of the model, so that it would be a constant of the "
                 "program. Register it by register_buffer, or list it in ModuleState::constants\n"
                 "  at ",
                 placed::file(), ":", placed::kOutsideLine, ", in operator()"));
}

TEST_CASE("memory and views from outside are warnings, tensors that forward makes are not") {
  float memory[] = {1, 2};
  const Tensor outside = at::full({4}, 2.0);
  const auto from_memory = [&](const Tensor& x) { return x * at::from_blob(memory, {2}); };
  CHECK(capture(from_memory, {"x"}, {at::ones({2})}).warnings.size() == 1);
  const auto from_view = [&](const Tensor& x) { return x * outside.variable_data(); };
  CHECK(capture(from_view, {"x"}, {at::ones({4})}).warnings.size() == 1);
  const auto own = [](const Tensor& x) {
    Tensor y = x.clone();
    y.index_put_({0}, 5.0);
    return y * at::tensor({1.0, 2.0});
  };
  CHECK(capture(own, {"x"}, {at::ones({2})}).warnings.empty());
}
