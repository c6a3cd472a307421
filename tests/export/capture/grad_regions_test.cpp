#include <ATen/ATen.h>
#include <doctest/doctest.h>

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
  CHECK(program.graph_module.graph.nodes.size() == 1);
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
  CHECK(program.graph_module.graph.nodes.size() == 2);
}
