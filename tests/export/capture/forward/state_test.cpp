#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <stdexcept>

#include "export/tracing/traced_tensor.h"
#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

struct State {
  Tensor weight = at::ones({2}).set_requires_grad(true);
  Tensor count = at::zeros({2});
  Tensor constant = at::ones({2});

  ModuleState operator()() const {
    ModuleState state;
    state.parameters.insert("weight", weight);
    state.buffers.insert("count", count);
    return state;
  }
};

/// A model that writes to everything in reach, and fails if `fails`.
ExportCall writing_model(const State& state, bool fails) {
  Module module(
      [state, fails](const Tensor& x) {
        at::GradMode::set_enabled(false);
        state.weight.mul_(2);
        state.count.add_(1);
        state.constant.view({-1}).add_(1);
        x.add_(at::rand({2}));
        if (fails) throw std::out_of_range("the model's own");
        return x * state.weight;
      },
      state);
  return {module.arg_names({"x"}), {at::zeros({2})}, {}, {}};
}

void check_untouched(const State& state, const ExportCall& call, const Tensor& next_random) {
  CHECK(at::equal(state.weight, at::ones({2})));
  CHECK(at::equal(state.count, at::zeros({2})));
  CHECK(at::equal(state.constant, at::ones({2})));
  CHECK(at::equal(call.args[0].tensor(), at::zeros({2})));
  CHECK(at::GradMode::is_enabled());
  CHECK(at::equal(at::rand({4}), next_random));
}

Tensor random_after_seed() {
  at::manual_seed(7);
  const Tensor next = at::rand({4});
  at::manual_seed(7);
  return next;
}

}  // namespace

TEST_CASE("capture leaves state, inputs, generator and gradient mode as they were") {
  const State state;
  const ExportCall call = writing_model(state, false);
  const Tensor next_random = random_after_seed();
  const Program program = capture_program(call);
  check_untouched(state, call, next_random);
  CHECK(graph_text(program.graph_module.graph)
            .starts_with("(p_weight, b_count, c_lifted_tensor_0, x)"));
}

TEST_CASE("it does so when forward throws, whose exception passes through") {
  const State state;
  const ExportCall call = writing_model(state, true);
  const Tensor next_random = random_after_seed();
  CHECK_THROWS_WITH_AS(capture_program(call), "the model's own", std::out_of_range);
  check_untouched(state, call, next_random);
}

TEST_CASE("a tied parameter is one input for each name, used by the last") {
  const Tensor weight = at::ones({2});
  const auto tied = [weight] {
    ModuleState state;
    state.parameters.insert("a", weight);
    state.parameters.insert("b", weight);
    return state;
  };
  Module model([weight](const Tensor& x) { return x * weight; }, tied);
  const Program program = capture_program({model, {at::ones({2})}, {}, {}});
  CHECK(text(program) ==
        "(p_a, p_b, args_0)\n"
        "mul = aten.mul.Tensor(self=args_0, other=p_b)\n"
        "return (mul)\n");
  CHECK(program.weights.keys() == std::vector<std::string>{"a", "b"});
  CHECK(std::get<Tensor>(program.weights["a"].data).is_same(weight));
}

TEST_CASE("a constant with two names is one input, and a constant under both") {
  const Tensor shared = at::ones({2}), unused = at::ones({2});
  Module module([shared](const Tensor& x) { return x + shared; },
                [=] {
                  ModuleState state;
                  state.constants.insert("a", shared);
                  state.constants.insert("b.a", shared);
                  state.constants.insert("unused", unused);
                  return state;
                });
  const Program program = capture_program({module, {at::ones({2})}, {}, {}});
  CHECK(program.graph_module.signature.input_specs.size() == 2);
  CHECK(program.constants.keys() == std::vector<std::string>{"a", "b.a"});
}

TEST_CASE("an exception of an operator names it") {
  CHECK_THROWS_WITH_AS(
      capture([](const Tensor& x) { return at::mm(x, x); }, {"x"}, {at::ones({2, 3})}),
      doctest::Contains("aten::mm: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
      CaptureError);
}

TEST_CASE("branches on data are refused, naming what they ask") {
  const auto refused = [](auto function, const char* operator_name) {
    CHECK_THROWS_WITH_AS(capture(function, {"x"}, {at::ones({2})}),
                         doctest::Contains(operator_name), CaptureError);
  };
  refused([](const Tensor& x) { return x * x.sum().item<double>(); }, "zuf0");
  refused([](const Tensor& x) { return x.sum().is_nonzero() ? x : x + 1; }, "aten::is_nonzero");
  refused([](const Tensor& x) { return at::equal(x, x + 1) ? x : x + 1; }, "aten::equal");
  refused([](const Tensor& x) { return x * x.data_ptr<float>()[0]; }, "reads a tensor's memory");
}

TEST_CASE("questions about a tensor's type are answered and not recorded") {
  const Program program = capture(
      [](const Tensor& x) {
        return x.is_floating_point() && at::can_cast(x.scalar_type(), at::kDouble) ? x + x : x;
      },
      {"x"}, {at::ones({2})});
  CHECK(program.graph_module.graph.num_nodes() == 1);
}

TEST_CASE("what is not supported says so") {
  Module model([](const Tensor& x) { return x; });
  CHECK_THROWS_AS(capture_program({model, {at::eye(2).to_sparse()}, {}, {}}), UnsupportedError);
  CHECK_THROWS_WITH_AS(capture([](const Tensor& x) { return x.to_sparse(); }, {"x"}, {at::eye(2)}),
                       doctest::Contains("sparse"), UnsupportedError);
  const auto generator = at::globalContext().defaultGenerator(at::kCPU);
  CHECK_THROWS_WITH_AS(
      capture([generator](const Tensor& x) { return x + at::rand({2}, generator); }, {"x"},
              {at::ones({2})}),
      doctest::Contains("aten::rand.generator"), UnsupportedError);
}

TEST_CASE("autocast that forward leaves on is as before") {
  const auto model = [](const Tensor& x) {
    at::autocast::set_autocast_enabled(at::kCPU, true);
    return at::mm(x, x);
  };
  capture(model, {"x"}, {at::ones({2, 2})});
  CHECK_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST_CASE("a capture within a capture is refused") {
  Module inner([](const Tensor& x) { return x; });
  CHECK_THROWS_WITH_AS(capture(
                           [inner](const Tensor& x) {
                             capture_program({inner, {x}, {}, {}});
                             return x;
                           },
                           {"x"}, {at::ones({2})}),
                       doctest::Contains("is being exported"), CaptureError);
}

TEST_CASE("a tensor that a model kept is refused after the capture") {
  auto kept = std::make_shared<Tensor>();
  capture([kept](const Tensor& x) { return *kept = x + 1; }, {"x"}, {at::ones({2})});
  CHECK_THROWS_WITH_AS(*kept + 1, doctest::Contains("must not keep tensors"), CaptureError);
}

TEST_CASE("sizes and strides that outlive the run are not changed in place") {
  const State state;
  const auto refused = [&](auto forward) {
    Module module(std::move(forward), state);
    module.arg_names({"x"});
    CHECK_THROWS_WITH_AS(capture_program({module, {at::ones({2})}, {}, {}}),
                         doctest::Contains("changes sizes or strides"), CaptureError);
  };
  refused([&](const Tensor& x) {
    state.count.unsqueeze_(0);
    return x + state.count;
  });
  refused([](const Tensor& x) {
    x.add_(1);
    x.unsqueeze_(0);
    return x + 1;
  });
  CHECK(state.count.dim() == 1);
  CHECK_NOTHROW(capture(
      [](const Tensor& x) {
        Tensor own = x.view({1, 2});
        own.t_();
        return own + 1;
      },
      {"x"}, {at::ones({2})}));
}

TEST_CASE("sizes and strides of what has two names are not changed in place") {
  const auto refused = [](auto forward) {
    CHECK_THROWS_WITH_AS(capture(forward, {"x"}, {at::ones({1, 3})}),
                         doctest::Contains("under its other name"), CaptureError);
  };
  refused([](const Tensor& x) { return (x + 1).to(at::kFloat).squeeze_(); });
  refused([](const Tensor& x) { return at::atleast_2d(x).t_(); });
  refused([](const Tensor& x) { return at::flatten(x + 1, -1, -1).transpose_(0, 1); });
  CHECK_NOTHROW(
      capture([](const Tensor& x) { return x.clone().unsqueeze_(0); }, {"x"}, {at::ones({1, 3})}));
}
