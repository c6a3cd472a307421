#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <torch/utils.h>

#include "tests/export/capture/capture_call.h"

using at::Tensor;
using namespace roundtrip;

namespace {

template <typename F>
Program general(F forward, Tensor example, DynamicShapes shapes, ExportOptions options = {}) {
  options.dynamic_shapes = std::move(shapes);
  return capture(forward, {"x"}, {std::move(example)}, options);
}

template <typename F>
std::string refusal(F forward, const Dim& dim, ExportOptions options = {}) {
  try {
    general(forward, at::rand({4, 6}), {{"x", {{0, dim}}}}, options);
  } catch (const CaptureError& error) {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const auto flattened = [](const Tensor& x) { return x.view({x.size(0), -1}) * 2; };
const Dim kBatch("batch");
const DynamicShapes kByBatch{{"x", {{0, kBatch}}}};

}  // namespace

TEST_CASE("an integer that was read becomes an expression of the size") {
  const Program program = general(flattened, at::rand({4, 3, 2}), kByBatch);
  CHECK(text(program) ==
        "(x)\n"
        "sym_size_int_1 = aten.sym_size.int(self=x, dim=0)\n"
        "view = aten.view.default(self=x, size=[sym_size_int_1, -1])\n"
        "mul = aten.mul.Scalar(self=view, other=2)\n"
        "return (mul)\n");
  CHECK(program.guards_code.empty());
  REQUIRE(program.warnings.size() == 1);
  CHECK(program.warnings[0].starts_with(
      "forward reads dynamic sizes as plain integers, which were generalised: aten::view gets s77. "
      "That was checked at these sizes, and is assumed of others: batch = 4; batch = 2; batch = 5; "
      "batch = 8; batch = 3; batch = 12; batch = 7\n  s77 is read"));
}

TEST_CASE("an integer is computed of the sizes that were read") {
  const Program program = general(
      [](const Tensor& x) {
        const Tensor wide = at::cat({x, x}, 1);
        return at::zeros({x.size(0) * wide.size(1) + 3, (x.size(1) + 1) / 2});
      },
      at::rand({4, 6}), {{"x", {{0, kBatch}, {1, Dim("length", 3)}}}});
  CHECK(contains(text(program), "_operator.floordiv"));
  CHECK(contains(program.warnings[0], "aten::zeros gets 2*s27*s77 + 3"));
  CHECK(contains(program.warnings[0], "aten::zeros gets ((s27 + 1)//2)"));
}

TEST_CASE("expressions that fit alike are told apart by more runs") {
  // Up to 12, half of the size and a third of it plus what rounding gives are alike at some sizes.
  const Program program = general([](const Tensor& x) { return at::zeros({x.size(0) / 3}); },
                                  at::rand({12, 2}), {{"x", {{0, Dim("batch", 6)}}}});
  CHECK(contains(program.warnings[0], "aten::zeros gets (s77//3)"));
}

TEST_CASE("what a size decides in a branch is general, too") {
  const Program program = general(
      [](const Tensor& x) {
        const auto rows = x.size(0);
        return cond(
            x.sum() > 0,
            [rows](const Tensor& t) {
              return t.new_zeros({rows, 2});
            },
            [](const Tensor& t) { return t.slice(1, 0, 2).clone(); }, {x});
      },
      at::rand({4, 6}), kByBatch);
  CHECK(contains(text(program), "new_zeros.default(self=x, size=[sym_size_int"));
}

TEST_CASE("a model that does something else at other sizes is refused") {
  const std::string loop = refusal(
      [](const Tensor& x) {
        Tensor sum = x[0];
        for (std::int64_t i = 1; i < x.size(0); ++i) sum = sum + x[i];
        return sum;
      },
      kBatch);
  CHECK(contains(loop, "Constraints violated (batch)!"));
  CHECK(contains(loop,
                 "are not generalised: forward does something else at batch = 2 than at "
                 "batch = 4: call "));
  CHECK(contains(refusal([](const Tensor& x) { return x.size(0) > 4 ? x + 1 : x * 2; }, kBatch),
                 "is 'aten::mul.Scalar(%arg0_1, #)' at one size and 'aten::add.Scalar("));
}

TEST_CASE("tensors of sizes, and integers of data types, are no sizes") {
  const auto tensor = refusal(
      [](const Tensor& x) {
        const std::vector<std::int64_t> sizes{x.size(0), 1};
        return x.sum() * torch::tensor(sizes);
      },
      kBatch);
  CHECK_MESSAGE(
      contains(tensor, "forward makes a tensor of other values at batch = 2 than at batch = 4"),
      tensor);
  CHECK(contains(refusal(
                     [](const Tensor& x) {
                       return x * at::linspace(0, 1, x.size(0)).view({-1, 1});
                     },
                     kBatch),
                 "the argument 'steps' of aten::linspace"));
}

TEST_CASE("integers that change without the sizes are none of them") {
  std::int64_t calls = 0;
  const std::string counted = refusal(
      [&](const Tensor& x) {
        return x.view({x.size(0), -1}) + ++calls;
      },
      kBatch);
  CHECK(contains(counted,
                 "forward calls 'aten::add.Scalar(%view, #, #)' with other integers when "
                 "it runs again at the same sizes"));
}

TEST_CASE("a size that the model refuses is none that the program takes") {
  const auto careful = [](const Tensor& x) {
    TORCH_CHECK(x.size(0) < 8, "too large");
    return x.view({x.size(0), -1});
  };
  CHECK(contains(refusal(careful, kBatch), "at batch = 8: forward failed: too large"));
  CHECK(refusal(careful, Dim("batch", 2, 7)) == "no error");
}

TEST_CASE("an automatic size becomes static where it cannot be general") {
  const Program program = general(
      [](const Tensor& x) {
        Tensor sum = x[0];
        for (std::int64_t i = 1; i < x.size(0); ++i) sum = sum + x[i];
        return sum.view({x.size(1), 1});
      },
      at::rand({4, 6}), {{"x", {{0, Dim::AUTO}, {1, Dim::AUTO}}}});
  CHECK(program.range_constraints.size() == 1);
  CHECK(contains(program.warnings.back(), "L['x'].size()[0] stays static, for forward does "));
}

TEST_CASE("strict takes what was checked at every size, or what it is told to take") {
  ExportOptions strict{.strict = true};
  CHECK(contains(refusal(flattened, kBatch, strict), "reads the dynamic size s77"));
  CHECK(refusal(flattened, Dim("batch", 2, 9), strict) == "no error");
  strict.generalize_sizes = true;
  CHECK(refusal(flattened, kBatch, strict) == "no error");
  strict.generalize_sizes = false;
  CHECK(contains(refusal(flattened, Dim("batch", 2, 9), strict), "reads the dynamic size s77"));
}

TEST_CASE("numbers that are no integers, or in a tensor, are no sizes") {
  const auto wrapped = [](const c10::Scalar& number) {
    Tensor tensor = c10::scalar_to_tensor(number);
    tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
    return tensor;
  };
  const auto inverse = [](const Tensor& x) { return 1.0 / static_cast<double>(x.size(0)); };
  CHECK(contains(refusal([&](const Tensor& x) { return x * inverse(x); }, kBatch),
                 "'aten::mul.Scalar(%arg0_1, 0.25)' at one size"));
  CHECK(contains(refusal([&](const Tensor& x) { return x + wrapped(x.size(0)); }, kBatch),
                 "'aten::add.Tensor(%arg0_1, 4, #)' at one size"));
  CHECK(contains(refusal([&](const Tensor& x) { return x + wrapped(inverse(x)); }, kBatch),
                 "'aten::add.Tensor(%arg0_1, 0.25, #)' at one size"));
  CHECK(contains(refusal([&](const Tensor& x) { return x + at::tensor(inverse(x)); }, kBatch),
                 "makes a tensor of other values"));
}

TEST_CASE("sizes are general on the meta device, too") {
  const auto example = at::rand({4, 3, 2}).to(at::kMeta);
  CHECK(text(general(flattened, example, kByBatch)) ==
        text(general(flattened, at::rand({4, 3, 2}), kByBatch)));
  const DynamicShapes small{{"x", {{0, Dim("batch", 2, 9)}}}};
  CHECK_NOTHROW(general(flattened, example, small, {.strict = true}));
}

TEST_CASE("every size of a small range is tried, and no more runs than are allowed") {
  const Program program = general(flattened, at::rand({4, 6}), {{"x", {{0, Dim("batch", 3, 6)}}}});
  CHECK(contains(program.warnings[0],
                 "checked at every size: batch = 4; batch = 3; batch = 5; batch = 6"));
  ExportOptions few;
  few.max_generalizing_captures = 3;
  CHECK(contains(refusal(flattened, kBatch, few), "max_generalizing_captures"));
}
