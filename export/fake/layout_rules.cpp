#include "export/fake/layout_rules.h"

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <ATen/WrapDimUtils.h>

#include <algorithm>
#include <unordered_map>

/// Rules judge tensors that are contiguous, of one floating-point type, and have elements; the
/// kernels choose strides and dtypes by more than that only for others.

namespace roundtrip {
namespace {

using c10::IValue;
using Arguments = c10::ArrayRef<IValue>;
using Sizes = std::vector<std::int64_t>;
using Layouts = std::optional<std::vector<TensorLayout>>;

TensorLayout contiguous(Sizes sizes, c10::ScalarType dtype) {
  const c10::DimVector strides = c10::contiguous_strides(sizes);
  return {std::move(sizes), {strides.begin(), strides.end()}, 0, dtype};
}

bool is_simple(const at::Tensor& tensor) {
  return tensor.is_contiguous() && tensor.numel() > 0 &&
         tensor.suggest_memory_format() == at::MemoryFormat::Contiguous;
}

/// All tensors among the arguments are, and of the type of the first.
bool are_simple(Arguments arguments) {
  const c10::ScalarType dtype = arguments[0].toTensor().scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble) return false;
  return std::all_of(arguments.begin(), arguments.end(), [&](const IValue& value) {
    if (!value.isTensor() || !value.toTensor().defined()) return true;
    return is_simple(value.toTensor()) && value.toTensor().scalar_type() == dtype;
  });
}

/// What a window makes of a size; nothing if it does not fit.
std::optional<std::int64_t> windows(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                    std::int64_t padding, std::int64_t dilation) {
  const std::int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (stride <= 0 || padding < 0 || dilation <= 0 || room < 0) return std::nullopt;
  return room / stride + 1;
}

struct Convolution {
  const at::Tensor& input;
  const at::Tensor& weight;
  Sizes stride;
  Sizes padding;
  Sizes dilation;
  std::int64_t groups;
};

Layouts convolved(const Convolution& call) {
  const auto dimensions = static_cast<std::size_t>(call.input.dim()) - 2;
  const bool fits = call.input.dim() >= 3 && call.weight.dim() == call.input.dim() &&
                    call.stride.size() == dimensions && call.padding.size() == dimensions &&
                    call.dilation.size() == dimensions && call.groups > 0 &&
                    call.weight.size(0) % call.groups == 0 &&
                    call.input.size(1) == call.weight.size(1) * call.groups;
  if (!fits) return std::nullopt;
  Sizes sizes{call.input.size(0), call.weight.size(0)};
  for (std::size_t i = 0; i < dimensions; ++i) {
    const auto dimension = static_cast<std::int64_t>(i) + 2;
    const auto size = windows(call.input.size(dimension), call.weight.size(dimension),
                              call.stride[i], call.padding[i], call.dilation[i]);
    if (!size) return std::nullopt;
    sizes.push_back(*size);
  }
  return {{contiguous(std::move(sizes), call.input.scalar_type())}};
}

bool fits_bias(const IValue& bias, const at::Tensor& weight) {
  return !bias.isTensor() || !bias.toTensor().defined() ||
         bias.toTensor().sizes() == at::IntArrayRef{weight.size(0)};
}

/// (self, weight, kernel_size, bias, stride, padding)
Layouts slow_convolution(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  const at::Tensor& weight = arguments[1].toTensor();
  if (input.dim() < 3 || !fits_bias(arguments[3], weight)) return std::nullopt;
  const Sizes ones(static_cast<std::size_t>(input.dim()) - 2, 1);
  return convolved(
      {input, weight, arguments[4].toIntVector(), arguments[5].toIntVector(), ones, 1});
}

/// (self, weight, bias, padding, stride, dilation, groups)
Layouts mkldnn_convolution(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& weight = arguments[1].toTensor();
  if (!fits_bias(arguments[2], weight)) return std::nullopt;
  return convolved({arguments[0].toTensor(), weight, arguments[4].toIntVector(),
                    arguments[3].toIntVector(), arguments[5].toIntVector(),
                    arguments[6].toInt()});
}

bool have_size(Arguments tensors, std::int64_t size) {
  return std::all_of(tensors.begin(), tensors.end(), [&](const IValue& value) {
    return !value.isTensor() || !value.toTensor().defined() ||
           value.toTensor().sizes() == at::IntArrayRef{size};
  });
}

/// (input, weight, bias, running_mean, running_var, training, momentum, eps)
Layouts batch_norm(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  if (input.dim() < 2 || !have_size(arguments.slice(1, 4), input.size(1))) return std::nullopt;
  const bool training = arguments[5].toBool();
  const bool has_statistics = arguments[3].isTensor() && arguments[3].toTensor().defined() &&
                              arguments[4].isTensor() && arguments[4].toTensor().defined();
  if (!training && !has_statistics) return std::nullopt;
  const TensorLayout saved =
      contiguous({training ? input.size(1) : 0}, input.scalar_type());
  return {{contiguous(input.sizes().vec(), input.scalar_type()), saved, saved}};
}

bool fits_affine(const IValue& value, at::IntArrayRef sizes) {
  return !value.isTensor() || !value.toTensor().defined() || value.toTensor().sizes() == sizes;
}

/// (input, normalized_shape, weight, bias, eps)
Layouts layer_norm(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  const Sizes normalized = arguments[1].toIntVector();
  const at::IntArrayRef sizes = input.sizes();
  if (normalized.empty() || normalized.size() > sizes.size() ||
      sizes.slice(sizes.size() - normalized.size()) != at::IntArrayRef(normalized) ||
      !fits_affine(arguments[2], normalized) || !fits_affine(arguments[3], normalized)) {
    return std::nullopt;
  }
  Sizes statistics = sizes.vec();
  std::fill(statistics.end() - static_cast<std::ptrdiff_t>(normalized.size()), statistics.end(), 1);
  const TensorLayout saved = contiguous(std::move(statistics), input.scalar_type());
  return {{contiguous(sizes.vec(), input.scalar_type()), saved, saved}};
}

/// (input, weight, bias, N, C, HxW, group, eps)
Layouts group_norm(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  const std::int64_t samples = arguments[3].toInt();
  const std::int64_t channels = arguments[4].toInt();
  const std::int64_t groups = arguments[6].toInt();
  if (groups <= 0 || channels % groups != 0 || !have_size(arguments.slice(1, 2), channels) ||
      samples * channels * arguments[5].toInt() != input.numel()) {
    return std::nullopt;
  }
  const TensorLayout saved = contiguous({samples, groups}, input.scalar_type());
  return {{contiguous(input.sizes().vec(), input.scalar_type()), saved, saved}};
}

/// (self, dim, index): whether the index is in the range is the data's affair.
Layouts index_select(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  const at::Tensor& index = arguments[2].toTensor();
  if (!is_simple(self) || self.dim() == 0 || index.dim() != 1 ||
      (index.scalar_type() != at::kLong && index.scalar_type() != at::kInt)) {
    return std::nullopt;
  }
  Sizes sizes = self.sizes().vec();
  const std::int64_t dimension = at::maybe_wrap_dim(arguments[1].toInt(), self.dim());
  sizes[static_cast<std::size_t>(dimension)] = index.numel();
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

/// (condition, self, other)
Layouts where(Arguments arguments) {
  const at::Tensor& condition = arguments[0].toTensor();
  const at::Tensor& self = arguments[1].toTensor();
  const at::Tensor& other = arguments[2].toTensor();
  if (condition.scalar_type() != at::kBool || self.scalar_type() != other.scalar_type() ||
      !is_simple(condition) || !is_simple(self) || !is_simple(other)) {
    return std::nullopt;
  }
  Sizes sizes = at::infer_size(condition.sizes(), at::infer_size(self.sizes(), other.sizes()));
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

/// (query, key, value, dropout_p, is_causal, attn_mask, scale): the output has the strides of the
/// query, sums have heads inside of the sequence.
Layouts flash_attention(Arguments arguments) {
  const at::Tensor& query = arguments[0].toTensor();
  const at::Tensor& key = arguments[1].toTensor();
  const at::Tensor& value = arguments[2].toTensor();
  const c10::ScalarType dtype = query.scalar_type();
  const auto is_judged = [&](const at::Tensor& tensor) {
    return tensor.dim() == 4 && tensor.numel() > 0 && tensor.scalar_type() == dtype &&
           tensor.size(0) == query.size(0) && tensor.size(1) == query.size(1) &&
           tensor.size(3) == query.size(3);
  };
  if ((dtype != at::kFloat && dtype != at::kDouble) || arguments[3].toDouble() != 0.0 ||
      !is_judged(query) || !is_judged(key) || !is_judged(value) || key.size(2) != value.size(2) ||
      !query.is_non_overlapping_and_dense()) {
    return std::nullopt;
  }
  const std::int64_t heads = query.size(1);
  const std::int64_t length = query.size(2);
  return {{{query.sizes().vec(), query.strides().vec(), 0, dtype},
           {{query.size(0), heads, length}, {heads * length, 1, heads}, 0, dtype}}};
}

const std::unordered_map<c10::OperatorName, LayoutRule>& table() {
  static const std::unordered_map<c10::OperatorName, LayoutRule> kRules = {
      {{"aten::_slow_conv2d_forward", ""}, slow_convolution},
      {{"aten::slow_conv3d_forward", ""}, slow_convolution},
      {{"aten::mkldnn_convolution", ""}, mkldnn_convolution},
      {{"aten::native_batch_norm", ""}, batch_norm},
      {{"aten::native_layer_norm", ""}, layer_norm},
      {{"aten::native_group_norm", ""}, group_norm},
      {{"aten::index_select", ""}, index_select},
      {{"aten::where", "self"}, where},
      {{"aten::_scaled_dot_product_flash_attention_for_cpu", ""}, flash_attention},
  };
  return kRules;
}

}  // namespace

LayoutRule find_layout_rule(const c10::OperatorHandle& op) {
  const auto found = table().find(op.operator_name());
  return found == table().end() ? nullptr : found->second;
}

}  // namespace roundtrip
