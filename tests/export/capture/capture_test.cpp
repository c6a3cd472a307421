#include "export/capture/capture.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include "export/program/node_text.h"
#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

TEST_CASE("x + y becomes one node") {
  const Program program = capture([](const Tensor& x, const Tensor& y) { return x + y; },
                                  {"x", "y"}, {at::ones({2, 3}), at::ones({3})});
  CHECK(text(program) ==
        "(x, y)\n"
        "add = aten.add.Tensor(self=x, other=y)\n"
        "return (add)\n");
  const TensorMeta& meta = *program.graph_module.graph.find("add")->tensor();
  CHECK(std::get<std::int64_t>(meta.sizes[0]) == 2);
  CHECK(program.verifiers == std::vector<std::string>{"TRAINING"});
  const ModuleCallSignature& call = *program.graph_module.module_call_graph[0].signature;
  CHECK(call.forward_arg_names == std::vector<std::string>{"x", "y"});
}

TEST_CASE("nodes are named as fx names them") {
  const Program program = capture(
      [](const Tensor& x, const Tensor& mul) {
        Tensor y = x.sum() * mul;
        y.add_(1);
        y.add_(x.__and__(3).max());
        return y * 2;
      },
      {"x", "mul"}, {at::ones({2}, at::kLong), at::ones({2}, at::kLong)});
  CHECK(text(program) ==
        "(x, mul)\n"
        "sum_1 = aten.sum.default(self=x)\n"
        "mul_1 = aten.mul.Tensor(self=sum_1, other=mul)\n"
        "add_ = aten.add_.Scalar(self=mul_1, other=1)\n"
        "and_1 = aten.__and__.Scalar(self=x, other=3)\n"
        "max_1 = aten.max.default(self=and_1)\n"
        "add__1 = aten.add_.Tensor(self=add_, other=max_1)\n"
        "mul_2 = aten.mul.Scalar(self=add__1, other=2)\n"
        "return (mul_2)\n");
}

TEST_CASE("trailing defaults are left out, keyword-only arguments are marked") {
  const Program program = capture(
      [](const Tensor& x) {
        return std::tuple{at::slice(x, 0, 1, 2), at::add(x, x, 2), at::zeros({2}, at::kDouble)};
      },
      {"x"}, {at::ones({3})});
  CHECK(text(program) ==
        "(x)\n"
        "slice_1 = aten.slice.Tensor(self=x, dim=0, start=1, end=2)\n"
        "add = aten.add.Tensor(self=x, other=x, *alpha=2)\n"
        "zeros = aten.zeros.default(size=[2], *dtype=Double)\n"
        "return (slice_1, add, zeros)\n");
}

TEST_CASE("a default of equal numbers that C++ gives as one is left out") {
  const Program program = capture(
      [](const Tensor& x, const Tensor& w) {
        return std::tuple{at::conv2d(x, w), at::conv2d(x, w, {}, /*stride=*/1, /*padding=*/1)};
      },
      {"x", "w"}, {at::ones({1, 2, 5, 5}), at::ones({3, 2, 3, 3})});
  CHECK(text(program) ==
        "(x, w)\n"
        "conv2d = aten.conv2d.default(input=x, weight=w)\n"
        "conv2d_1 = aten.conv2d.default(input=x, weight=w, bias=None, stride=[1], padding=[1])\n"
        "return (conv2d, conv2d_1)\n");
}

TEST_CASE("several results are getitems") {
  const Program program = capture(
      [](const Tensor& x) {
        return std::pair{std::get<1>(x.max(1)), x.chunk(2, 1)[0]};
      },
      {"x"}, {at::ones({2, 2})});
  CHECK(text(program) ==
        "(x)\n"
        "getitem, getitem_1 = aten.max.dim(self=x, dim=1)\n"
        "[getitem_2, getitem_3] = aten.chunk.default(self=x, chunks=2, dim=1)\n"
        "return (getitem_1, getitem_2)\n");
}

TEST_CASE("nested inputs are named by their path; constants are literal") {
  const Program program = capture(
      [](const Value& batch, std::int64_t n, const Value& none) {
        return Value::dict({{"out", batch["A b"][0].tensor() * n}, {"none", none}});
      },
      {"batch", "n", "none"},
      {Value::dict({{"A b", Value::list({at::ones({2}), 2.5})}}), 3, Value()});
  CHECK(text(program) ==
        "(batch_a_b_0, 2.5, 3, None)\n"
        "mul = aten.mul.Scalar(self=batch_a_b_0, other=3)\n"
        "return (mul, None)\n");
  const auto& specs = program.graph_module.signature.input_specs;
  CHECK(specs[1].kind == InputKind::constant_input);
  CHECK(specs[1].target == "batch_a_b_1");
}

TEST_CASE("keyword inputs keep the order they are passed in") {
  Module model([](const Tensor& x, const Tensor& y, const Tensor& z) { return x + y * z; });
  model.arg_names({"x", "y", "z"});
  const Program program =
      capture_program({model, {at::ones(1)}, {{"z", at::ones(1)}, {"y", at::ones(1)}}, {}});
  CHECK(text(program) ==
        "(x, z, y)\n"
        "mul = aten.mul.Tensor(self=y, other=z)\n"
        "add = aten.add.Tensor(self=x, other=mul)\n"
        "return (add)\n");
}

TEST_CASE("arguments past the named ones are numbered from 0, as Python numbers *args") {
  const Program program =
      capture([](const Tensor& a, const Tensor& b, const Tensor& c) { return a + b * c; }, {"a"},
              {at::ones(1), at::ones(1), at::ones(1)});
  CHECK(text(program) ==
        "(a, args_0, args_1)\n"
        "mul = aten.mul.Tensor(self=args_0, other=args_1)\n"
        "add = aten.add.Tensor(self=a, other=mul)\n"
        "return (add)\n");
}

TEST_CASE("a constant keeps its requires_grad, results have none") {
  const Tensor table = at::ones({2}).requires_grad_();
  const Program program =
      capture([table](const Tensor& x) { return x * table; }, {"x"}, {at::ones({2})});
  const Graph& graph = program.graph_module.graph;
  CHECK(graph.find("c_lifted_tensor_0")->tensor()->requires_grad);
  CHECK_FALSE(graph.find("mul")->tensor()->requires_grad);
}

TEST_CASE("a tensor passed twice goes by its last name") {
  const Tensor x = at::ones({2});
  const Program program =
      capture([](const Tensor& a, const Tensor& b) { return a + b; }, {"a", "b"}, {x, x});
  CHECK(text(program) ==
        "(a, b)\n"
        "add = aten.add.Tensor(self=b, other=b)\n"
        "return (add)\n");
}

TEST_CASE("users' flags for backends are off while forward runs, as when Python exports") {
  std::vector<bool> flags;
  const auto forward = [&flags](const Tensor& x) {
    const at::Context& context = at::globalContext();
    flags = {context.userEnabledMkldnn(), context.userEnabledNNPACK(), context.userEnabledCuDNN()};
    return x + x;
  };
  capture(forward, {"x"}, {at::ones({2})});
  CHECK(flags == std::vector<bool>(3, false));
  at::globalContext().setUserEnabledNNPACK(false);
  forward(at::ones({2}));
  CHECK(flags == std::vector<bool>{true, false, true});
  at::globalContext().setUserEnabledNNPACK(true);
  CHECK_THROWS(capture([](const Tensor& x) { return x.view({7}); }, {"x"}, {at::ones({2})}));
  forward(at::ones({2}));
  CHECK(flags == std::vector<bool>(3, true));
}

TEST_CASE("a plain tensor becomes a constant, one that forward fills a fresh copy of it") {
  const Tensor table = at::ones({2});
  const Program program = capture(
      [table](const Tensor& x) {
        return x * table + at::tensor({1.0F, 2.0F});
      },
      {"x"}, {at::ones({2})});
  CHECK(text(program) ==
        "(c_lifted_tensor_0, c_lifted_tensor_1, x)\n"
        "mul = aten.mul.Tensor(self=x, other=c_lifted_tensor_0)\n"
        "lift_fresh_copy = aten.lift_fresh_copy.default(self=c_lifted_tensor_1)\n"
        "add = aten.add.Tensor(self=mul, other=lift_fresh_copy)\n"
        "return (add)\n");
  const auto& constant = std::get<Tensor>(program.constants["lifted_tensor_1"].data);
  CHECK(at::equal(constant, at::arange(1, 3, at::kFloat)));
}

TEST_CASE("whatever bytes forward fills memory with are a constant") {
  for (const int byte : {0, 0xA5, 0xFF}) {
    const Program program = capture(
        [byte](const Tensor& x) {
          const Tensor bytes = at::empty({3}, at::kByte);
          std::fill_n(bytes.mutable_data_ptr<std::uint8_t>(), 3, static_cast<std::uint8_t>(byte));
          return x + bytes;
        },
        {"x"}, {at::ones({3}, at::kByte)});
    CHECK(text(program) ==
          "(c_lifted_tensor_0, x)\n"
          "lift_fresh_copy = aten.lift_fresh_copy.default(self=c_lifted_tensor_0)\n"
          "add = aten.add.Tensor(self=x, other=lift_fresh_copy)\n"
          "return (add)\n");
    const auto& constant = std::get<Tensor>(program.constants["lifted_tensor_0"].data);
    CHECK(at::equal(constant, at::full({3}, byte, at::kByte)));
  }
}

TEST_CASE("an empty tensor that an operator resizes is a node") {
  const Program program = capture(
      [](const Tensor& x) {
        Tensor result = at::empty({0});
        at::add_out(result, x, x);
        return result;
      },
      {"x"}, {at::ones({2})});
  CHECK(text(program) ==
        "(x)\n"
        "empty = aten.empty.memory_format(size=[0])\n"
        "add = aten.add.out(self=x, other=x, *out=empty)\n"
        "return (add)\n");
}

TEST_CASE("memory that nobody filled is no constant, whatever is read of it") {
  const Program program = capture(
      [](const Tensor& x) {
        const Tensor none = at::empty({3});
        static_cast<void>(none.const_data_ptr());
        return x + none;
      },
      {"x"}, {at::ones({3})});
  CHECK(text(program) ==
        "(x)\n"
        "empty = aten.empty.memory_format(size=[3])\n"
        "add = aten.add.Tensor(self=x, other=empty)\n"
        "return (add)\n");
}

TEST_CASE("an empty tensor that operators fill is a node") {
  const Program program = capture(
      [](const Tensor& x) {
        Tensor result = at::empty({2});
        at::add_out(result, x, x);
        return result;
      },
      {"x"}, {at::ones({2})});
  CHECK(text(program) ==
        "(x)\n"
        "empty = aten.empty.memory_format(size=[2])\n"
        "add = aten.add.out(self=x, other=x, *out=empty)\n"
        "return (add)\n");
}
