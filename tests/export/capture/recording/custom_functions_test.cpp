#include <doctest/doctest.h>
#include <roundtrip/error.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "export/capture/capture.h"
#include "export/program/node_text.h"
#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// A rounding through which gradients go as if it were none.
struct Rounded : torch::autograd::Function<Rounded> {
  static Tensor forward(AutogradContext*, const Tensor& x) { return x.round(); }
  static variable_list backward(AutogradContext*, variable_list grads) { return grads; }
};

/// Two results, and a write through a view of one.
struct Halves : torch::autograd::Function<Halves> {
  static variable_list forward(AutogradContext* context, const Tensor& x) {
    const Tensor low = x.clone();
    low.select(0, 0).mul_(2);
    const Tensor high = x.exp();
    context->save_for_backward({high});
    return {low, high};
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {grads[0] + grads[1]};
  }
};

Program capture_trained(Module::Forward forward, bool strict = false) {
  const Tensor weight = at::ones({3}).set_requires_grad(true);
  Module model(
      [weight, forward](const Values& args, const Kwargs& kwargs) {
        return forward({args[0], weight}, kwargs);
      },
      [weight] {
        ModuleState state;
        state.parameters.insert("weight", weight);
        return state;
      });
  model.arg_names({"x"});
  ExportOptions options;
  options.strict = strict;
  return capture_program({std::move(model), {at::ones({3})}, {}, std::move(options)});
}

Value rounded(const Values& args, const Kwargs&) {
  return Rounded::apply(args[0].tensor() * args[1].tensor()) + 1;
}

}  // namespace

TEST_CASE("a function with a gradient of its own is what its forward calls, and said to be so") {
  const Program program = capture_trained(rounded);
  CHECK(text(program) ==
        "(p_weight, x)\n"
        "mul = aten.mul.Tensor(self=x, other=p_weight)\n"
        "round_1 = aten.round.default(self=mul)\n"
        "add = aten.add.Scalar(self=round_1, other=1)\n"
        "return (add)\n");
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0].find("Rounded' has a gradient of its own") != std::string::npos);
}

TEST_CASE("a strict capture refuses a gradient that the program would not have") {
  CHECK_THROWS_WITH_AS(capture_trained(rounded, true),
                       doctest::Contains("Rounded' has a gradient of its own"), CaptureError);
  const at::NoGradGuard no_grad;
  CHECK_NOTHROW(capture_trained(rounded, true));
}

TEST_CASE("regions without gradients around a function stay what they are") {
  const Program program = capture_trained([](const Values& args, const Kwargs&) -> Value {
    const Tensor scaled = args[0].tensor() * args[1].tensor();
    Tensor before;
    {
      const at::NoGradGuard no_grad;
      before = scaled.sin();
    }
    const variable_list halves = Halves::apply(scaled);
    Tensor after;
    {
      const at::NoGradGuard no_grad;
      after = scaled.cos();
    }
    return Value::tuple({before + halves[0], halves[1], after});
  });
  CHECK(program.warnings.size() == 1);
  CHECK(text(program) ==
        "(p_weight, x)\n"
        "mul = aten.mul.Tensor(self=x, other=p_weight)\n"
        "getitem_2 = higher_order.wrap_with_set_grad_enabled(false, submod_1{\n"
        "(mul)\n"
        "sin = aten.sin.default(self=mul)\n"
        "return (sin)\n"
        "}, mul)\n"
        "clone = aten.clone.default(self=mul)\n"
        "select = aten.select.int(self=clone, dim=0, index=0)\n"
        "mul_ = aten.mul_.Scalar(self=select, other=2)\n"
        "exp = aten.exp.default(self=mul)\n"
        "getitem_3 = higher_order.wrap_with_set_grad_enabled(false, submod_3{\n"
        "(mul)\n"
        "cos = aten.cos.default(self=mul)\n"
        "return (cos)\n"
        "}, mul)\n"
        "add = aten.add.Tensor(self=getitem_2, other=clone)\n"
        "return (add, exp, getitem_3)\n");
}

TEST_CASE("a hook on what forward computes is refused") {
  const auto hooked = [](const Values& args, const Kwargs&) -> Value {
    const Tensor scaled = args[0].tensor() * args[1].tensor();
    scaled.register_hook([](const Tensor& grad) { return grad * 2; });
    return scaled + 1;
  };
  CHECK_THROWS_WITH_AS(capture_trained(hooked), doctest::Contains("register_hook"), CaptureError);
}

TEST_CASE("a gradient that forward asks for is refused") {
  const auto differentiated = [](const Values& args, const Kwargs&) -> Value {
    const Tensor loss = (args[0].tensor() * args[1].tensor()).sum();
    return torch::autograd::grad({loss}, {args[1].tensor()}, {}, {}, false, true)[0];
  };
  CHECK_THROWS_WITH_AS(capture_trained(differentiated), doctest::Contains("asks for a gradient"),
                       CaptureError);
  const auto of_a_result = [](const Values& args, const Kwargs&) -> Value {
    const Tensor product = args[0].tensor() * args[1].tensor();
    return torch::autograd::grad({product.sin().sum()}, {product}, {}, {}, false, true)[0];
  };
  CHECK_THROWS_WITH_AS(capture_trained(of_a_result), doctest::Contains("asks for a gradient"),
                       CaptureError);
  const auto trained = [](const Values& args, const Kwargs&) -> Value {
    const Tensor loss = (args[0].tensor() * args[1].tensor()).sum();
    loss.backward();
    return loss;
  };
  CHECK_THROWS_WITH_AS(capture_trained(trained), doctest::Contains("asks for a gradient"),
                       CaptureError);
}

TEST_CASE("a function's result that forward returns or writes to is its operators', too") {
  const Program program = capture_trained([](const Values& args, const Kwargs&) -> Value {
    const Tensor first = Rounded::apply(args[0].tensor() * args[1].tensor());
    first.add_(1);
    return Value::tuple({first, Rounded::apply(args[1].tensor())});
  });
  CHECK(text(program) ==
        "(p_weight, x)\n"
        "mul = aten.mul.Tensor(self=x, other=p_weight)\n"
        "round_1 = aten.round.default(self=mul)\n"
        "add_ = aten.add_.Scalar(self=round_1, other=1)\n"
        "round_2 = aten.round.default(self=p_weight)\n"
        "return (add_, round_2)\n");
}
