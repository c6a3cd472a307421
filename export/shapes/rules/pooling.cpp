#include <algorithm>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

struct Pooling {
  Sizes kernel, stride, padding, dilation;
  bool ceil_mode = false;
};

Pooling pooling_of(const Call& call) {
  Pooling of{call.sizes("kernel_size"), call.sizes("stride"), call.sizes("padding"),
             call.sizes("dilation"), call.flag("ceil_mode")};
  if (of.stride.empty()) of.stride = of.kernel;
  if (of.dilation.empty()) of.dilation = {1};
  return of;
}

/// As Python's `pooling_output_shape_pad_lr`.
c10::SymInt pooled_length(const Pooling& of, std::size_t i, const c10::SymInt& length) {
  const c10::SymInt& stride = per_dim(of.stride, i);
  const c10::SymInt& padding = per_dim(of.padding, i);
  const c10::SymInt reach = per_dim(of.dilation, i) * (per_dim(of.kernel, i) - 1);
  const c10::SymInt room = length + padding * 2 - reach - 1;
  c10::SymInt result = floor_divide(of.ceil_mode ? room + stride - 1 : room, stride) + 1;
  if (of.ceil_mode && (result - 1) * stride >= length + padding) result = result - 1;
  return result;
}

/// `count` spatial dimensions, which are the last ones.
template <std::size_t count>
Sizes pooled_sizes(const Call& call, const at::Tensor& input) {
  const Pooling of = pooling_of(call);
  Sizes sizes = sizes_of(input);
  TORCH_CHECK(sizes.size() >= count, "pooling of too few dimensions");
  for (std::size_t i = 0; i < count; ++i) {
    c10::SymInt& size = sizes[sizes.size() - count + i];
    size = pooled_length(of, i, size);
  }
  for (std::size_t i = 0; i < count; ++i) {
    TORCH_SYM_CHECK(sizes[sizes.size() - count + i].sym_ge(1), "pooling whose result is empty");
  }
  return sizes;
}

template <std::size_t count>
Shapes pool(const Call& call) {
  return Shapes(call.return_count(),
                of_sizes(pooled_sizes<count>(call, call.tensor(std::size_t{0}))));
}

template <std::size_t count>
Shapes pool_with_indices(const Call& call) {
  Shapes shapes = pool<count>(call);
  if (shapes.size() == 2) shapes[1].dtype = at::kLong;
  return shapes;
}

/// `output_size` says what the last dimensions become.
template <std::size_t count>
Shapes to_output_size(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  TORCH_CHECK(sizes.size() >= count, "pooling of too few dimensions");
  const Sizes asked = call.sizes("output_size");
  for (std::size_t i = 0; i < count; ++i) sizes[sizes.size() - count + i] = per_dim(asked, i);
  Shapes shapes(call.return_count(), of_sizes(std::move(sizes)));
  if (shapes.size() == 2) shapes[1].dtype = at::kLong;
  return shapes;
}

/// The gradient of `self`, from that of what pooling made of it.
Shapes gradient_of(const Call& call, c10::SymIntArrayRef pooled) {
  check_equal(call.tensor("grad_output").sym_sizes(), pooled, "a pooling's gradient");
  if (call.has("indices")) {
    check_equal(call.tensor("indices").sym_sizes(), pooled, "a pooling's indices");
  }
  return {like(call.tensor("self"))};
}

template <std::size_t count>
Shapes pool_backward(const Call& call) {
  return gradient_of(call, pooled_sizes<count>(call, call.tensor("self")));
}

/// The result's last dimensions are free.
template <std::size_t count>
Shapes to_output_size_backward(const Call& call) {
  Sizes pooled = sizes_of(call.tensor("self"));
  const Sizes result = sizes_of(call.tensor("grad_output"));
  TORCH_CHECK(pooled.size() == result.size(), "a pooling's gradient of another rank");
  std::copy(result.end() - count, result.end(), pooled.end() - count);
  return gradient_of(call, pooled);
}

template <std::size_t count>
Shapes unpool(const Call& call) {
  check_equal(call.tensor("indices").sym_sizes(), call.tensor(std::size_t{0}).sym_sizes(),
              "a pooling's result and its indices");
  return to_output_size<count>(call);
}

/// Samples are a number for each channel and dimension, for at least as many inputs.
template <std::size_t count>
Shapes fractional_pool(const Call& call) {
  const auto samples = call.tensor("random_samples").sym_sizes();
  auto input = call.tensor(std::size_t{0}).sym_sizes();
  TORCH_CHECK(samples.size() == 3, "a fractional pooling's samples");
  if (input.size() == count + 2) {
    check_at_most(input[0], samples[0], "a batch");
    input = input.slice(1);
  }
  check_equal(samples[1], input[0], "channels of samples");
  check_equal(samples[2], static_cast<std::int64_t>(count), "numbers of a sample");
  const Sizes kernel = call.sizes("kernel_size");
  const Sizes asked = call.sizes("output_size");
  for (std::size_t i = 0; i < count; ++i) {
    // In three dimensions LibTorch's kernel wants one more.
    const std::int64_t less = count == 3 ? 0 : 1;
    check_at_most(per_dim(kernel, i) + per_dim(asked, i) - less, input[i + 1],
                  "a fractional pooling");
  }
  return to_output_size<count>(call);
}

constexpr NamedRule kPoolingRules[] = {
    {"avg_pool1d", pool<1>},
    {"avg_pool2d", pool<2>},
    {"avg_pool3d", pool<3>},
    {"max_pool1d", pool<1>},
    {"max_pool2d", pool<2>},
    {"max_pool3d", pool<3>},
    {"max_pool1d_with_indices", pool_with_indices<1>},
    {"max_pool2d_with_indices", pool_with_indices<2>},
    {"max_pool3d_with_indices", pool_with_indices<3>},
    {"adaptive_avg_pool1d", to_output_size<1>},
    {"adaptive_avg_pool2d", to_output_size<2>},
    {"adaptive_avg_pool3d", to_output_size<3>},
    {"_adaptive_avg_pool2d", to_output_size<2>},
    {"_adaptive_avg_pool3d", to_output_size<3>},
    {"adaptive_max_pool1d", to_output_size<1>},
    {"adaptive_max_pool2d", to_output_size<2>},
    {"adaptive_max_pool3d", to_output_size<3>},
    {"fractional_max_pool2d", fractional_pool<2>},
    {"fractional_max_pool3d", fractional_pool<3>},
    {"max_unpool2d", unpool<2>},
    {"max_unpool3d", unpool<3>},
    {"avg_pool2d_backward", pool_backward<2>},
    {"avg_pool3d_backward", pool_backward<3>},
    {"max_pool2d_with_indices_backward", pool_backward<2>},
    {"max_pool3d_with_indices_backward", pool_backward<3>},
    {"_adaptive_avg_pool2d_backward", to_output_size_backward<2>},
    {"_adaptive_avg_pool3d_backward", to_output_size_backward<3>},
};

}  // namespace

RuleTable pooling_rules() {
  return kPoolingRules;
}

}  // namespace roundtrip::shapes
