#include <ATen/ATen.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/modes.h>
#include <roundtrip/nn.h>
#include <roundtrip/symbolic.h>
#include <torch/nn/modules/linear.h>

#include "tests/interop/captured/captured_models.h"

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

/// The same with dimension 0 of the first argument dynamic.
template <typename F>
CapturedModel dynamic_model(std::string name, F function, std::vector<std::string> names,
                            Values args) {
  return {"flow_" + name, [=] {
            ExportOptions options;
            std::vector<ShapeSpec> shapes(names.size());
            shapes[0] = ShapeSpec::Dims{{0, Dim::DYNAMIC}};
            options.dynamic_shapes = DynamicShapes::positional(shapes);
            return ExportCall{Module(function).arg_names(names), args, {}, options};
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

// ---- with a dynamic size --------------------------------------------------

Tensor dynamic_cond(const Tensor& x) {
  return cond(
      x.sum() > 0, [](const Tensor& t) { return t + 1; }, [](const Tensor& t) { return t - 1; },
      {x});
}

Tensor cond_on_a_size(const Tensor& x) {
  return cond(
      x.sym_size(0).sym_gt(4), [](const Tensor& t) { return t + 1; },
      [](const Tensor& t) { return t - 1; }, {x});
}

Tensor cond_with_a_size(const Tensor& x) {
  const c10::SymInt n = x.sym_size(0);
  return cond(
      x.sum() > 0, [&](const Tensor& t) { return t + at::Scalar(n); },
      [&](const Tensor& t) { return t - at::Scalar(n * 2); }, {x});
}

Tensor cond_with_derived_sizes(const Tensor& x) {
  const c10::SymInt n = x.sym_size(0) * 2;
  const c10::SymInt m = x.sym_size(0) + 1;
  return cond(
      x.sum() > 0, [&](const Tensor& t) { return t + at::Scalar(n) + at::Scalar(m); },
      [&](const Tensor& t) { return t - at::Scalar(m) + at::Scalar(t.sym_size(0)); }, {x});
}

Tensor cond_with_a_result(const Tensor& x) {
  const Tensor y = at::cat({x, x});
  return cond(
      x.sum() > 0, [&](const Tensor& t) { return t + y.sum(); },
      [&](const Tensor& t) { return y.slice_symint(0, 0, t.sym_size(0)).clone(); }, {x});
}

Tensor cond_of_other_sizes(const Tensor& x) {
  return cond(
      x.sum() > 0, [](const Tensor& t) { return t.clone(); },
      [](const Tensor& t) {
        return at::cat({t, t});
      },
      {x});
}

Value cond_of_two_other_sizes(const Tensor& x) {
  return cond(
      x.sum() > 0,
      [](const Tensor& t) {
        return Value::tuple({t.clone(), t.sum(1)});
      },
      [](const Tensor& t) {
        return Value::tuple({at::cat({t, t}), at::cat({t, t}).sum(1)});
      },
      {x});
}

Tensor two_conds_of_other_sizes(const Tensor& x) {
  const Tensor first = cond_of_other_sizes(x).sum();
  return first + cond_of_other_sizes(x).sum();
}

Tensor cond_of_other_static_sizes(const Tensor& x) {
  return cond(
      x.sum() > 0, [](const Tensor& t) { return t.sum(0); },
      [](const Tensor& t) { return t.sum(0).slice(0, 0, 2).clone(); }, {x});
}

Tensor cond_of_sizes_apart(const Tensor& x, const Tensor& y) {
  return cond(
      x.sum() > 0, [](const Tensor& t, const Tensor&) { return t + 1; },
      [](const Tensor&, const Tensor& u) { return u - 1; }, {x, y});
}

Value cond_of_integers(const Tensor& x) {
  return cond(
      x.sum() > 0,
      [](const Tensor& t) {
        return Value::tuple({t + 1, 3});
      },
      [](const Tensor& t) {
        return Value::tuple({t - 1, 4});
      },
      {x});
}

Value cond_of_the_same_integer(const Tensor& x) {
  return cond(
      x.sum() > 0,
      [](const Tensor& t) {
        return Value::tuple({t + 1, 3});
      },
      [](const Tensor& t) {
        return Value::tuple({t - 1, 3});
      },
      {x});
}

Value cond_of_some_integers(const Tensor& x) {
  const Value results = cond(
      x.sum() > 0,
      [](const Tensor& t) {
        return Value::tuple({t + 1, 3, 2});
      },
      [](const Tensor& t) {
        return Value::tuple({t - 1, 4, 2});
      },
      {x});
  const std::int64_t c = results[2].to_int();
  return Value::tuple({results[0].tensor() + c, results[1].sym_int() + c});
}

Tensor cond_with_data_sizes(const Tensor& x) {
  return cond(
      x.sum() > 0, [](const Tensor& t) { return t.nonzero().sum(); },
      [](const Tensor& t) { return (t + 1).nonzero().sum(); }, {x});
}

Tensor cond_with_items(const Tensor& x) {
  const auto item = [](const Tensor& t) { return t.to(at::kLong).item(); };
  return cond(
      x.sum() > 0, [&](const Tensor& t) { return t * item(t.sum()); },
      [&](const Tensor& t) { return t + item(t.max()); }, {x});
}

Tensor nested_with_a_size(const Tensor& x) {
  const c10::SymInt n = x.sym_size(0);
  const auto inner = [&](const Tensor& t) {
    return cond(
        t.max() > 1, [&](const Tensor& u) { return u + at::Scalar(n); },
        [](const Tensor& u) { return u - at::Scalar(u.sym_size(0)); }, {t});
  };
  return cond(x.sum() > 0, inner, [](const Tensor& t) { return t.clone(); }, {x});
}

std::pair<Tensor, Tensor> dynamic_loop(const Tensor& x, const Tensor& i) {
  const c10::SymInt n = x.sym_size(0);
  return while_loop([&](const Tensor& k, const Tensor&) { return k < at::Scalar(n); },
                    [&](const Tensor& k, const Tensor& t) {
                      return std::pair{k + 1, t * 2 + at::Scalar(n)};
                    },
                    {i, x});
}

Value loop_over_a_size(const Tensor& x) {
  return while_loop([](const Value& k, const Tensor&) { return k.sym_int().sym_lt(30); },
                    [](const Value& k, const Tensor& t) {
                      return Value::tuple({k.sym_int() + 1, t * 2});
                    },
                    {x.sym_size(0), x});
}

Tensor loop_until_a_size(const Tensor& x) {
  return while_loop(
      [](const Tensor& t) {
        const Tensor sum = t.sum();
        return sum < at::Scalar(t.sym_size(0) * 100);
      },
      [](const Tensor& t) { return t * 2 + 10; }, {x});
}

Tensor dynamic_map(const Tensor& x) {
  const c10::SymInt n = x.sym_size(0);
  return roundtrip::map([&](const Tensor& row) { return row + at::Scalar(n); }, x);
}

Tensor map_with_data_sizes(const Tensor& x) {
  return roundtrip::map([](const Tensor& row) { return row.nonzero().sum(); }, x);
}

Tensor dynamic_map_of_cond(const Tensor& x) {
  return roundtrip::map(
      [](const Tensor& row) {
        return cond(
            row.sum() > 0, [](const Tensor& t) { return t + 1; },
            [](const Tensor& t) { return t - 1; }, {row});
      },
      x);
}

std::pair<Tensor, Tensor> dynamic_scan(const Tensor& x, const Tensor& init) {
  const c10::SymInt n = x.sym_size(0);
  return scan(
      [&](const Tensor& carry, const Tensor& row) {
        return std::pair{carry + row + at::Scalar(n), carry * row};
      },
      init, x);
}

CapturedModel net() {
  return {"flow_net", [] {
            const auto net = std::make_shared<Net>();
            return ExportCall{make_module(net).arg_names({"x", "y"}), {matrix(), matrix()}, {}, {}};
          }};
}

/// What is checked of conditions of data, each of which hides a number.
Tensor checked_condition(const Tensor& x, const Tensor& flag) {
  torch_check(flag.item().toSymBool());
  return x * 2;
}

Tensor denied_condition(const Tensor& x, const Tensor& flag) {
  torch_check(flag.logical_not().item().toSymBool().sym_not());
  return x * 2;
}

Tensor checked_conditions(const Tensor& x, const Tensor& flag, const Tensor& n) {
  const c10::SymInt number = n.item().toSymInt();
  torch_check(number.sym_gt(3).sym_or(flag.item().toSymBool()));
  torch_check(number.sym_lt(30).sym_and((n > 0).item().toSymBool()));
  return x * 2;
}

Tensor cond_on_a_condition(const Tensor& x, const Tensor& flag) {
  return cond(
      flag.item().toSymBool(), [](const Tensor& t) { return t.sin(); },
      [](const Tensor& t) { return t.cos(); }, {x});
}

Tensor choice_by_a_condition(const Tensor& x, const Tensor& flag) {
  const c10::SymBool condition = flag.item().toSymBool();
  return x * sym_ite(condition, 3, 4);
}

}  // namespace

std::vector<CapturedModel> control_flow_models() {
  const Tensor flag = at::ones({}, at::kBool);
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
      dynamic_model("dynamic_cond", dynamic_cond, {"x"}, {matrix(4)}),
      dynamic_model("cond_on_a_size", cond_on_a_size, {"x"}, {matrix(4)}),
      dynamic_model("cond_with_a_size", cond_with_a_size, {"x"}, {matrix(4)}),
      dynamic_model("cond_with_derived_sizes", cond_with_derived_sizes, {"x"}, {matrix(4)}),
      dynamic_model("cond_with_a_result", cond_with_a_result, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_other_sizes", cond_of_other_sizes, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_two_other_sizes", cond_of_two_other_sizes, {"x"}, {matrix(4)}),
      dynamic_model("two_conds_of_other_sizes", two_conds_of_other_sizes, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_other_static_sizes", cond_of_other_static_sizes, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_sizes_apart", cond_of_sizes_apart, {"x", "y"}, {matrix(4), matrix(5)}),
      dynamic_model("cond_of_integers", cond_of_integers, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_the_same_integer", cond_of_the_same_integer, {"x"}, {matrix(4)}),
      dynamic_model("cond_of_some_integers", cond_of_some_integers, {"x"}, {matrix(4)}),
      dynamic_model("cond_with_data_sizes", cond_with_data_sizes, {"x"}, {matrix(4)}),
      dynamic_model("cond_with_items", cond_with_items, {"x"}, {matrix(4)}),
      dynamic_model("nested_with_a_size", nested_with_a_size, {"x"}, {matrix(4)}),
      dynamic_model("dynamic_loop", dynamic_loop, {"x", "i"}, {matrix(4), zero}),
      dynamic_model("loop_over_a_size", loop_over_a_size, {"x"}, {matrix(4)}),
      dynamic_model("loop_until_a_size", loop_until_a_size, {"x"}, {matrix(4)}),
      dynamic_model("dynamic_map", dynamic_map, {"x"}, {matrix(4)}),
      dynamic_model("map_with_data_sizes", map_with_data_sizes, {"x"}, {matrix(4)}),
      dynamic_model("dynamic_map_of_cond", dynamic_map_of_cond, {"x"}, {matrix(4)}),
      dynamic_model("dynamic_scan", dynamic_scan, {"x", "init"}, {matrix(4), matrix()[0].clone()}),
      model("checked_condition", checked_condition, {"x", "flag"}, {matrix(), flag}),
      model("denied_condition", denied_condition, {"x", "flag"}, {matrix(), flag}),
      model("checked_conditions", checked_conditions, {"x", "flag", "n"}, {matrix(), flag, three}),
      model("cond_on_a_condition", cond_on_a_condition, {"x", "flag"}, {matrix(), flag}),
      model("choice_by_a_condition", choice_by_a_condition, {"x", "flag"}, {matrix(), flag}),
      model("autocast_in_a_branch", autocast_in_a_branch, {"x", "y"}, squares),
  };
}

}  // namespace roundtrip
