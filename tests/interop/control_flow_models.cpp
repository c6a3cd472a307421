#include <ATen/ATen.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/modes.h>
#include <roundtrip/nn.h>
#include <torch/nn/modules/linear.h>

#include "tests/interop/captured_models.h"

// Each has its twin in control_flow_twins.py, which calls the same operators.
namespace roundtrip {
namespace {

using at::Tensor;

template <typename F>
CapturedModel model(std::string name, F function, std::vector<std::string> names, Values args) {
  return {"flow_" + name, [=] {
            return ExportCall{Module(function).arg_names(names), args, {}, {}};
          }};
}

Tensor matrix(std::int64_t rows = 2, std::int64_t columns = 3) {
  return at::linspace(-1, 2, rows * columns).view({rows, columns});
}

/// Branches that use a module's state, a result of forward and an input.
struct Net : torch::nn::Module {
  Net() {
    register_module("lin", lin);
    scale = register_buffer("scale", at::full({3}, 0.5));
  }
  Tensor forward(const Tensor& x, const Tensor& y) {
    const Tensor z = x * y;
    return cond(
               x.sum() > 0,
               [&](const Tensor& t) { return at::linear(t, lin->weight, lin->bias) + z + scale; },
               [&](const Tensor& t) { return (t - y).sin(); }, {x}) +
           z;
  }
  torch::nn::Linear lin{3, 3};
  Tensor scale;
};

Tensor two_conds(const Tensor& x, const Tensor& y) {
  const auto sum = [](const Tensor& a, const Tensor& b) {
    return Value::dict({{"out", Value::list({a + b, a.sin()})}, {"more", b * b}});
  };
  const auto difference = [](const Tensor& a, const Tensor& b) {
    return Value::dict({{"out", Value::list({a - b, a.cos()})}, {"more", b.neg()}});
  };
  const Value first = cond(x.sum() > 0, sum, difference, {x, y});
  const Value second = cond(x.max() > 5, sum, difference, {y, x});
  return first["out"][0].tensor() + second["out"][1].tensor() * first["more"].tensor();
}

Tensor nested(const Tensor& x, const Tensor& y) {
  const auto inner = [&](const Tensor& t) {
    return cond(
        y.sum() > 0, [&](const Tensor& u) { return u.sin() + y; },
        [](const Tensor& u) { return u.cos(); }, {t});
  };
  return cond(x.sum() > 0, inner, [&](const Tensor& t) { return t - y; }, {x});
}

std::pair<Tensor, Tensor> loop(const Tensor& i, const Tensor& one, const Tensor& n,
                               const Tensor& x) {
  return while_loop([&](const Tensor& k, const Tensor&) { return k < n; },
                    [&](const Tensor& k, const Tensor& t) {
                      return std::pair{k + one, t * t};
                    },
                    {i, x});
}

std::pair<Tensor, Tensor> loop_without_a_turn(const Tensor& i, const Tensor& one, const Tensor& n,
                                              const Tensor& x) {
  return loop(n, one, i, x);
}

Value mapped(const Tensor& xs, const Tensor& y) {
  const Tensor z = y * y;
  return roundtrip::map(
      [&](const Value& pair, const Tensor& t) {
        return Value::tuple({pair[0].tensor() * t + z, (pair[1].tensor() - z).sum()});
      },
      Value::tuple({xs, xs.sin()}), {y});
}

std::pair<Tensor, Tensor> scanned(const Tensor& xs, const Tensor& init) {
  const Tensor z = init.exp();
  return scan(
      [&](const Tensor& carry, const Tensor& x) {
        const Tensor next = carry + x * z;
        return std::pair{next, next.sin()};
      },
      init, xs);
}

std::pair<Tensor, Tensor> scanned_backwards(const Tensor& xs, const Tensor& init) {
  return scan(
      [](const Tensor& carry, const Tensor& x) {
        return std::pair{carry + x, carry * x};
      },
      init, xs, {.dim = 1, .reverse = true});
}

Tensor map_of_cond(const Tensor& xs, const Tensor& y) {
  return roundtrip::map(
      [&](const Tensor& x) {
        return cond(
                   x.sum() > 0, [&] { return x + y; }, [&] { return x - y; }) *
               y;
      },
      xs);
}

Tensor loop_of_cond(const Tensor& x, const Tensor& y) {
  return while_loop([&](const Tensor& t) { return t.sum() < 20; },
                    [&](const Tensor& t) {
                      return cond(
                                 t.max() > 1, [&] { return t + y; }, [&] { return t * y; }) +
                             y;
                    },
                    {x});
}

Tensor no_grad_in_a_branch(const Tensor& x, const Tensor& y) {
  const auto branch = [&] {
    const Tensor z = x + y;
    const auto product = [&] {
      const GradMode no_grad(false);
      return z * y;
    };
    return product() + z;
  };
  return cond(x.sum() > 0, branch, [&] { return x - y; });
}

Tensor regions_apart(const Tensor& x, const Tensor& y) {
  Tensor z, w;
  {
    const GradMode no_grad(false);
    z = x * y;
  }
  {
    const GradMode no_grad(false);
    w = z.sin();
  }
  return z + w;
}

Value autocast(const Tensor& x, const Tensor& y) {
  Tensor z, u, v, i;
  {
    const Autocast region(at::kCPU, at::kBFloat16);
    z = at::matmul(x, y);
  }
  const Tensor w = z.sin();
  {
    const Autocast region(at::kCPU, at::kBFloat16);
    u = z * z;
  }
  {
    const Autocast region(at::kCPU, at::kBFloat16);
    std::tie(v, i) = at::matmul(u, u).max(1);
  }
  return Value::tuple({w + u, v, i});
}

Value nested_autocast(const Tensor& x, const Tensor& y) {
  const Autocast region(at::kCPU, at::kBFloat16);
  const auto half = [&] {
    const Autocast inner(at::kCPU, at::kHalf);
    return at::matmul(x, y);
  };
  const auto whole = [&] {
    const Autocast inner(at::kCPU, std::nullopt, false);
    return at::matmul(x, x);
  };
  const Tensor z = half();
  return Value::tuple({at::matmul(z, x), whole()});
}

Tensor autocast_without_grad(const Tensor& x, const Tensor& y) {
  const auto inner = [&] {
    const GradMode no_grad(false);
    const Tensor w = at::matmul(x, y);
    const auto product = [&] {
      const Autocast region(at::kCPU, at::kBFloat16);
      return at::matmul(w, y);
    };
    return product().sin();
  };
  return inner().cos();
}

Tensor autocast_in_a_branch(const Tensor& x, const Tensor& y) {
  const auto low = [&] {
    const Autocast region(at::kCPU, at::kBFloat16);
    return at::matmul(x, y);
  };
  return cond(
      x.sum() > 0, [&] { return low().sin(); }, [&] { return at::matmul(y, x).to(at::kBFloat16); });
}

CapturedModel net() {
  return {"flow_net", [] {
            const auto net = std::make_shared<Net>();
            return ExportCall{make_module(net).arg_names({"x", "y"}), {matrix(), matrix()}, {}, {}};
          }};
}

}  // namespace

std::vector<CapturedModel> control_flow_models() {
  const Tensor zero = at::zeros({}, at::kLong);
  const Tensor one = at::ones({}, at::kLong);
  const Tensor three = one * 3;
  const Values loops{zero, one, three, matrix()};
  const Values pair{matrix(), matrix() + 1};
  const Values rows{matrix(), matrix()[0].clone()};
  const Values columns{matrix(), matrix().t()[1].clone()};
  const Values squares{matrix(3, 3), matrix(3, 3) + 1};
  const std::vector<std::string> loop_names{"i", "one", "n", "x"};
  return {
      net(),
      model("two_conds", two_conds, {"x", "y"}, pair),
      model("nested", nested, {"x", "y"}, pair),
      model("loop", loop, loop_names, loops),
      model("loop_without_a_turn", loop_without_a_turn, loop_names, loops),
      model("mapped", mapped, {"xs", "y"}, rows),
      model("scanned", scanned, {"xs", "init"}, rows),
      model("scanned_backwards", scanned_backwards, {"xs", "init"}, columns),
      model("map_of_cond", map_of_cond, {"xs", "y"}, rows),
      model("loop_of_cond", loop_of_cond, {"x", "y"}, pair),
      model("no_grad_in_a_branch", no_grad_in_a_branch, {"x", "y"}, pair),
      model("regions_apart", regions_apart, {"x", "y"}, pair),
      model("autocast", autocast, {"x", "y"}, squares),
      model("nested_autocast", nested_autocast, {"x", "y"}, squares),
      model("autocast_without_grad", autocast_without_grad, {"x", "y"}, squares),
      model("autocast_in_a_branch", autocast_in_a_branch, {"x", "y"}, squares),
  };
}

}  // namespace roundtrip
