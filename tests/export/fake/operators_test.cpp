#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <doctest/doctest.h>
#include <roundtrip/error.h>

#include <numeric>

#include "export/dispatch/tensor_values.h"
#include "export/fake/fake_mode.h"
#include "tests/export/shapes/harness.h"

using namespace roundtrip;
using namespace roundtrip::testing;

namespace {

using at::Tensor;
using c10::IValue;
using torch::jit::Stack;

/// How the memory of arguments is laid out.
enum class Order { contiguous, reversed, channels_last, every_second };

Tensor in_order(const Tensor& tensor, Order order) {
  if (!tensor.defined() || order == Order::contiguous) return tensor;
  if (order == Order::channels_last) {
    return tensor.dim() == 4 ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
  }
  if (order == Order::every_second) {
    return tensor.dim() == 0 ? tensor : at::cat({tensor, tensor}, -1).slice(-1, 0, {}, 2);
  }
  std::vector<std::int64_t> dims(static_cast<std::size_t>(tensor.dim()));
  std::iota(dims.rbegin(), dims.rend(), 0);
  return tensor.permute(dims).contiguous().permute(dims);
}

std::string text_of(const Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  return c10::str(tensor.toString(), tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

std::vector<std::string> texts_of(const Stack& results) {
  std::vector<std::string> texts;
  for (const IValue& result : results) {
    if (result.isTensor()) texts.push_back(text_of(result.toTensor()));
    if (!result.isTensorList()) continue;
    for (const Tensor& tensor : result.toTensorVector()) texts.push_back(text_of(tensor));
  }
  return texts;
}

std::optional<Stack> run(const c10::OperatorHandle& op, Stack stack) {
  try {
    op.callBoxed(stack);
    return stack;
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

struct FakeRun {
  std::optional<Stack> results;
  std::vector<std::string> texts;  ///< before anything was computed
};

/// Computes the results in the end, which compares each call with what it was thought to give.
FakeRun run_fake(const c10::OperatorHandle& op, Stack stack) {
  FakeMode mode;
  FakeRun run;
  try {
    mode.call(op, stack);
  } catch (const c10::Error&) {
    return run;
  }
  run.texts = texts_of(stack);
  try {
    for (const IValue& result : stack) {
      visit_tensors(result, [&](const Tensor& tensor) { mode.compute(tensor); });
    }
  } catch (const CaptureError& error) {
    FAIL_CHECK(error.what());
  }
  run.results = std::move(stack);
  return run;
}

/// Operators that draw random numbers draw the same ones.
void check(const Case& item, const Values& point, Order order) {
  const c10::OperatorHandle op = find_operator(item.op);
  at::manual_seed(3);
  Stack arguments = real_arguments(op, item.arguments, point);
  Stack same;
  for (IValue& argument : arguments) {
    argument = map_tensors(argument, [&](const Tensor& tensor) { return in_order(tensor, order); });
    same.push_back(map_tensors(argument, [&](const Tensor& tensor) {
      return tensor.defined() ? in_order(tensor.clone(), order) : tensor;
    }));
  }
  CAPTURE(item.op);
  CAPTURE(static_cast<int>(order));
  at::manual_seed(5);
  const auto real = run(op, arguments);
  at::manual_seed(5);
  const FakeRun fake = run_fake(op, same);
  CHECK(real.has_value() == fake.results.has_value());
  CHECK((real || order != Order::contiguous || point != kThisRun));
  if (!real || !fake.results) return;
  CHECK(texts_of(*real) == fake.texts);
  CHECK(texts_of(*real) == texts_of(*fake.results));
}

TensorSpec t(std::vector<std::int64_t> sizes, at::ScalarType dtype = at::kFloat) {
  return {Sizes(sizes.begin(), sizes.end()), dtype, 1};
}

Argument ints(std::vector<std::int64_t> values) {
  return IValue(std::move(values));
}

/// Operators whose kernels for the meta device, or rules, the cases of shapes leave out.
std::vector<Case> more_cases() {
  std::vector<Case> cases;
  for (const char* op :
       {"hardsigmoid", "silu",        "lgamma",      "erfinv",        "digamma",    "erfc",
        "mish",        "signbit",     "exp2",        "softplus",      "sinc",       "i0",
        "frac",        "isposinf",    "tril",        "triu",          "aminmax",    "sgn",
        "hardswish",   "log_sigmoid", "celu",        "selu",          "nan_to_num", "angle",
        "all",         "std",         "var",         "count_nonzero", "sort",       "argsort",
        "linalg_det",  "linalg_svd",  "linalg_eigh", "linalg_qr",     "cov"}) {
    cases.push_back({c10::str("aten::", op), {t({3, 3})}});
  }
  for (const char* op : {"heaviside", "fmin", "fmax", "hypot", "nextafter", "logaddexp",
                         "logaddexp2", "copysign.Tensor", "xlogy.Tensor", "mse_loss",
                         "smooth_l1_loss", "huber_loss", "linalg_cross", "kl_div"}) {
    cases.push_back({c10::str("aten::", op), {t({4, 3}), t({4, 3})}});
    cases.push_back({c10::str("aten::", op), {t({2, 1, 4, 3}), t({2, 2, 1, 3})}});
  }
  for (const char* op : {"addcmul", "addcdiv", "lerp.Tensor"}) {
    cases.push_back({c10::str("aten::", op), {t({2, 1, 4}), t({3, 1}), t({2, 3, 4})}});
  }
  const TensorSpec image = t({2, 3, 8, 6});
  for (const char* op : {"upsample_nearest2d", "_upsample_nearest_exact2d"}) {
    cases.push_back({c10::str("aten::", op), {image, ints({5, 9})}});
  }
  for (const char* op : {"upsample_bilinear2d", "upsample_bicubic2d", "_upsample_bilinear2d_aa",
                         "_upsample_bicubic2d_aa"}) {
    cases.push_back({c10::str("aten::", op), {image, ints({5, 9}), IValue(false)}});
  }
  cases.push_back({"aten::upsample_nearest1d", {t({2, 3, 8}), ints({5})}});
  cases.push_back({"aten::upsample_linear1d", {t({2, 3, 8}), ints({5}), IValue(true)}});
  cases.push_back({"aten::upsample_nearest3d", {t({2, 3, 4, 5, 6}), ints({5, 3, 7})}});
  for (const char* op : {"adaptive_max_pool2d", "adaptive_avg_pool2d"}) {
    cases.push_back({c10::str("aten::", op), {image, ints({3, 2})}});
  }
  cases.push_back({"aten::adaptive_max_pool3d", {t({2, 3, 4, 5, 6}), ints({2, 3, 2})}});
  for (const char* op : {"max_pool2d", "avg_pool2d"}) {
    cases.push_back({c10::str("aten::", op), {image, ints({3, 2})}});
  }
  for (const char* op : {"reflection_pad2d", "replication_pad2d"}) {
    cases.push_back({c10::str("aten::", op), {image, ints({1, 2, 0, 3})}});
  }
  cases.push_back({"aten::conv1d", {t({2, 3, 8}), t({4, 3, 3}), t({4})}});
  cases.push_back({"aten::conv3d", {t({2, 3, 6, 6, 6}), t({4, 3, 3, 3, 3}), t({4})}});
  cases.push_back(
      {"aten::conv2d",
       {image, t({6, 1, 3, 3}), IValue(), ints({2, 1}), ints({1, 1}), ints({1, 2}), IValue(3)}});
  cases.push_back({"aten::conv_transpose2d.input", {image, t({3, 4, 3, 3}), t({4}), ints({2, 2})}});
  cases.push_back({"aten::conv2d", {t({3, 8, 6}), t({4, 3, 3, 3})}});
  cases.push_back(
      {"aten::conv2d", {image, t({4, 3, 2, 2}), t({4}), ints({1, 1}), ints({0, 1}), ints({2, 1})}});
  cases.push_back({"aten::conv3d",
                   {t({2, 3, 6, 6, 6}), t({4, 3, 2, 2, 2}), t({4}), ints({1, 1, 1}),
                    ints({0, 0, 1}), ints({2, 1, 1})}});
  cases.push_back({"aten::adaptive_avg_pool3d", {t({2, 3, 4, 5, 6}), ints({2, 3, 2})}});
  cases.push_back({"aten::group_norm", {image, IValue(3), t({3}), t({3})}});
  cases.push_back({"aten::instance_norm",
                   {image, IValue(), IValue(), IValue(), IValue(), IValue(true), IValue(0.1),
                    IValue(1e-5), IValue(false)}});
  cases.push_back({"aten::layer_norm", {image, ints({8, 6}), t({8, 6}), t({8, 6})}});
  cases.push_back({"aten::rms_norm", {image, ints({6}), t({6})}});
  for (const bool training : {false, true}) {
    cases.push_back({"aten::batch_norm",
                     {image, t({3}), t({3}), t({3}), t({3}), IValue(training), IValue(0.1),
                      IValue(1e-5), IValue(false)}});
  }
  cases.push_back({"aten::embedding", {t({5, 4}), t({2, 3}, at::kLong)}});
  cases.push_back({"aten::index_select", {image, IValue(-2), t({3}, at::kInt)}});
  cases.push_back({"aten::index_put",
                   {t({4, 5, 6}), OptionalSpecs{std::nullopt, t({3}, at::kLong)}, t({4, 3, 6})}});
  cases.push_back({"aten::index_put",
                   {t({4, 5, 6}), OptionalSpecs{t({2}, at::kLong), t({3, 1}, at::kLong)}, t({6})}});
  cases.push_back({"aten::index_add", {t({4, 5}), IValue(0), t({3}, at::kLong), t({3, 5})}});
  cases.push_back({"aten::index_copy", {t({4, 5}), IValue(0), t({1}, at::kLong), t({1, 5})}});
  cases.push_back({"aten::where.self", {t({4, 1}, at::kBool), t({3}), t({4, 3})}});
  cases.push_back({"aten::var.correction", {image, ints({1, -1}), IValue(1), IValue(true)}});
  cases.push_back({"aten::var_mean.correction", {image, ints({0, 2, 3})}});
  cases.push_back({"aten::flip", {image, ints({2})}});
  cases.push_back({"aten::repeat", {t({2, 3}), ints({2, 1, 4})}});
  cases.push_back(
      {"aten::scaled_dot_product_attention", {t({2, 3, 4, 8}), t({2, 3, 5, 8}), t({2, 3, 5, 8})}});
  cases.push_back(
      {"aten::scaled_dot_product_attention",
       {t({2, 3, 4, 8}), t({2, 3, 4, 8}), t({2, 3, 4, 8}), IValue(), IValue(0.0), IValue(true)}});
  cases.push_back({"aten::_safe_softmax", {t({2, 3, 4}), IValue(-1)}});
  cases.push_back({"aten::logical_or", {t({4, 1}), t({3}, at::kLong)}});
  cases.push_back({"aten::isin.Scalar_Tensor", {IValue(3), t({4}, at::kLong)}});
  cases.push_back({"aten::nll_loss", {t({4, 3}), t({4}, at::kLong)}});
  cases.push_back({"aten::cumprod", {image, IValue(1)}});
  cases.push_back({"aten::nonzero_static", {t({3, 3}), IValue(4)}});
  return cases;
}

}  // namespace

TEST_CASE("operators give what they would, before anything is computed") {
  const at::NoGradGuard no_grad;
  for (const auto& cases : {core_cases(), other_cases(), more_cases()}) {
    for (const Case& item : cases) {
      for (const Values& point : {kThisRun, kOtherPoints[3]}) {
        for (const Order order :
             {Order::contiguous, Order::reversed, Order::channels_last, Order::every_second}) {
          check(item, point, order);
        }
      }
    }
  }
}
