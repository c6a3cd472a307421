#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <doctest/doctest.h>
#include <roundtrip/modes.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

// The expected names are those Python gives the same function.
TEST_CASE("regions of another gradient mode become subgraphs") {
  const auto function = [](const Tensor& x) {
    Tensor a, b, c, d, q;
    {
      at::NoGradGuard no_grad;
      const Tensor z = x * x;
      std::tie(a, b) = z.max(1);
      {
        at::AutoGradMode with_grad(true);
        c = z + x;
      }
      d = c * x;
    }
    auto [v, i] = d.sort();
    {
      at::NoGradGuard no_grad;
      q = v + i;
    }
    const Tensor e = a + b;
    return std::tuple(q, c, e, v, x);
  };
  CHECK(text(capture(function, {"x"}, {at::ones({2, 2})})) ==
        "(x)\n"
        "mul, getitem_5, getitem_6 = higher_order.wrap_with_set_grad_enabled(false, submod_1{\n"
        "(x)\n"
        "mul = aten.mul.Tensor(self=x, other=x)\n"
        "getitem, getitem_1 = aten.max.dim(self=mul, dim=1)\n"
        "return (mul, getitem, getitem_1)\n"
        "}, x)\n"
        "add = aten.add.Tensor(self=mul, other=x)\n"
        "getitem_7 = higher_order.wrap_with_set_grad_enabled(false, submod_3{\n"
        "(add, x)\n"
        "mul_1 = aten.mul.Tensor(self=add, other=x)\n"
        "return (mul_1)\n"
        "}, add, x)\n"
        "getitem_8, getitem_9 = aten.sort.default(self=getitem_7)\n"
        "getitem_10 = higher_order.wrap_with_set_grad_enabled(false, submod_5{\n"
        "(getitem_8, getitem_9)\n"
        "add_1 = aten.add.Tensor(self=getitem_8, other=getitem_9)\n"
        "return (add_1)\n"
        "}, getitem_8, getitem_9)\n"
        "add_2 = aten.add.Tensor(self=getitem_5, other=getitem_6)\n"
        "return (getitem_10, add, add_2, getitem_8, x)\n");
}

TEST_CASE("a whole program in one gradient mode needs no region") {
  at::NoGradGuard no_grad;
  const Program program = capture([](const Tensor& x) { return x + x; }, {"x"}, {at::ones({2})});
  CHECK(program.graph_module.graph.num_nodes() == 1);
}

TEST_CASE("a region that only writes is kept") {
  const Program program = capture(
      [](const Tensor& x) {
        const Tensor y = x.clone();
        {
          at::NoGradGuard no_grad;
          y.view({-1}).zero_();
        }
        return x;
      },
      {"x"}, {at::ones({2})});
  CHECK(program.graph_module.graph.num_nodes() == 2);
}

TEST_CASE("regions of our own stay apart, LibTorch's merge") {
  const auto regions = [](auto make_guard) {
    return capture(
               [&](const Tensor& x) {
                 Tensor y, z;
                 {
                   const auto guard = make_guard();
                   y = x * x;
                 }
                 {
                   const auto guard = make_guard();
                   z = y * y;
                 }
                 return z + x;
               },
               {"x"}, {at::ones({2})})
        .graph_module.graph.num_nodes();
  };
  CHECK(regions([] { return std::make_unique<GradMode>(false); }) == 3);
  CHECK(regions([] { return std::make_unique<at::NoGradGuard>(); }) == 2);
}

TEST_CASE("autocast regions become subgraphs") {
  const auto function = [](const Tensor& x) {
    Tensor y;
    {
      const Autocast region(at::kCPU, at::kBFloat16);
      y = x.matmul(x);
      {
        const Autocast inner(at::kCPU, std::nullopt, /*enabled=*/false);
        y = y.sin();
      }
      const GradMode no_grad(false);
      y = y.cos();
    }
    return y + y;
  };
  const Program program = capture(function, {"x"}, {at::ones({2, 2})});
  CHECK(text(program) ==
        "(x)\n"
        "getitem = higher_order.wrap_with_autocast('cpu', BFloat16, true, false, submod_1{\n"
        "(arg0_1)\n"
        "matmul = aten.matmul.default(self=arg0_1, other=arg0_1)\n"
        "getitem = higher_order.wrap_with_autocast('cpu', BFloat16, false, false, submod_1{\n"
        "(matmul)\n"
        "sin = aten.sin.default(self=matmul)\n"
        "return (sin)\n"
        "}, matmul)\n"
        "getitem_1 = higher_order.wrap_with_set_grad_enabled(false, submod_3{\n"
        "(sin)\n"
        "cos = aten.cos.default(self=sin)\n"
        "return (cos)\n"
        "}, getitem)\n"
        "return (getitem_1)\n"
        "}, x)\n"
        "add = aten.add.Tensor(self=getitem, other=getitem)\n"
        "return (add)\n");
  const bool low = program.graph_module.graph.find("getitem")->tensor()->dtype == at::kBFloat16;
  CHECK(low);
}

TEST_CASE("autocast that is switched on by hand is found") {
  const auto function = [](const Tensor& x) {
    at::autocast::set_autocast_enabled(at::kCPU, true);
    Tensor y, z;
    {
      at::NoGradGuard no_grad;
      y = x.matmul(x);
    }
    at::autocast::set_autocast_enabled(at::kCPU, false);
    return y + y;
  };
  const Program program = capture(function, {"x"}, {at::ones({2, 2})});
  CHECK(text(program) ==
        "(x)\n"
        "getitem = higher_order.wrap_with_autocast('cpu', BFloat16, true, false, submod_1{\n"
        "(arg0_1)\n"
        "getitem = higher_order.wrap_with_set_grad_enabled(false, submod_1{\n"
        "(arg0_1)\n"
        "matmul = aten.matmul.default(self=arg0_1, other=arg0_1)\n"
        "return (matmul)\n"
        "}, arg0_1)\n"
        "return (getitem)\n"
        "}, x)\n"
        "add = aten.add.Tensor(self=getitem, other=getitem)\n"
        "return (add)\n");
}
