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

/// No tensor, where an operator takes one or none.
bool is_none(const IValue& value) {
  return !value.isTensor() || !value.toTensor().defined();
}

/// What `empty_like` gives.
TensorLayout preserved(const at::Tensor& tensor) {
  return layout_of(at::empty_like(make_meta(layout_of(tensor))));
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
    if (is_none(value)) return true;
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

bool fits(const IValue& optional, at::IntArrayRef sizes) {
  return is_none(optional) || optional.toTensor().sizes() == sizes;
}

bool fits_bias(const IValue& bias, const at::Tensor& weight) {
  return fits(bias, {weight.size(0)});
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

/// (self, weight, kernel_size, bias, stride, padding, dilation)
Layouts dilated_convolution(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& weight = arguments[1].toTensor();
  if (!fits_bias(arguments[3], weight)) return std::nullopt;
  return convolved({arguments[0].toTensor(), weight, arguments[4].toIntVector(),
                    arguments[5].toIntVector(), arguments[6].toIntVector(), 1});
}

/// (self, weight, bias, padding, stride, dilation, groups)
Layouts mkldnn_convolution(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& weight = arguments[1].toTensor();
  if (!fits_bias(arguments[2], weight)) return std::nullopt;
  return convolved({arguments[0].toTensor(), weight, arguments[4].toIntVector(),
                    arguments[3].toIntVector(), arguments[5].toIntVector(), arguments[6].toInt()});
}

bool have_size(Arguments optionals, std::int64_t size) {
  return std::all_of(optionals.begin(), optionals.end(),
                     [&](const IValue& optional) { return fits(optional, {size}); });
}

/// (input, weight, bias, running_mean, running_var, training, momentum, eps)
Layouts batch_norm(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  if (input.dim() < 2 || !have_size(arguments.slice(1, 4), input.size(1))) return std::nullopt;
  const bool training = arguments[5].toBool();
  const bool has_statistics = !is_none(arguments[3]) && !is_none(arguments[4]);
  if (!training && !has_statistics) return std::nullopt;
  const TensorLayout saved = contiguous({training ? input.size(1) : 0}, input.scalar_type());
  return {{contiguous(input.sizes().vec(), input.scalar_type()), saved, saved}};
}

/// (input, normalized_shape, weight, bias, eps)
Layouts layer_norm(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& input = arguments[0].toTensor();
  const Sizes normalized = arguments[1].toIntVector();
  const at::IntArrayRef sizes = input.sizes();
  if (normalized.empty() || normalized.size() > sizes.size() ||
      sizes.slice(sizes.size() - normalized.size()) != at::IntArrayRef(normalized) ||
      !fits(arguments[2], normalized) || !fits(arguments[3], normalized)) {
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

/// (condition, self, other) or (condition, self, other, out)
Layouts where(Arguments arguments) {
  const at::Tensor& condition = arguments[0].toTensor();
  const at::Tensor& self = arguments[1].toTensor();
  const at::Tensor& other = arguments[2].toTensor();
  if (condition.scalar_type() != at::kBool || self.scalar_type() != other.scalar_type() ||
      arguments.back().toTensor().scalar_type() != other.scalar_type() || !is_simple(condition) ||
      !is_simple(self) || !is_simple(other)) {
    return std::nullopt;
  }
  Sizes sizes = at::infer_size(condition.sizes(), at::infer_size(self.sizes(), other.sizes()));
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

/// (query, key, value, dropout_p, is_causal, attn_mask, scale): the output is laid out as the query
/// is, sums have heads inside of the sequence.
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
      !is_judged(query) || !is_judged(key) || !is_judged(value) || key.size(2) != value.size(2)) {
    return std::nullopt;
  }
  const std::int64_t heads = query.size(1);
  const std::int64_t length = query.size(2);
  return {
      {preserved(query), {{query.size(0), heads, length}, {heads * length, 1, heads}, 0, dtype}}};
}

/// (self, ..., out)
Layouts pointwise_out(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  const at::Tensor& out = arguments.back().toTensor();
  if (!is_simple(self) || self.is_complex() || out.scalar_type() != self.scalar_type()) {
    return std::nullopt;
  }
  return {{contiguous(self.sizes().vec(), self.scalar_type())}};
}

/// (self)
Layouts pointwise(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  if (self.scalar_type() != at::kFloat && self.scalar_type() != at::kDouble) return std::nullopt;
  if (self.numel() == 0 || self.dim() == 0) return std::nullopt;
  return {{preserved(self)}};
}

/// (self, other, out) or (self, out)
Layouts logical_out(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  const at::Tensor& other = arguments[arguments.size() - 2].toTensor();
  if (!is_simple(self) || !is_simple(other) ||
      arguments.back().toTensor().scalar_type() != at::kBool) {
    return std::nullopt;
  }
  return {{contiguous(at::infer_size(self.sizes(), other.sizes()), at::kBool)}};
}

/// (self, dims)
Layouts flip(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  const Sizes dims = arguments[1].toIntVector();
  const auto is_judged = [&](std::int64_t dim) { return dim >= 0 && dim < self.dim(); };
  if (!is_simple(self) || dims.size() > 1 || !std::all_of(dims.begin(), dims.end(), is_judged)) {
    return std::nullopt;
  }
  return {{contiguous(self.sizes().vec(), self.scalar_type())}};
}

/// (self, repeats)
Layouts repeat(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  Sizes sizes = arguments[1].toIntVector();
  const auto more = static_cast<std::int64_t>(sizes.size()) - self.dim();
  if (!is_simple(self) || more < 0 ||
      std::any_of(sizes.begin(), sizes.end(), [](std::int64_t times) { return times <= 0; })) {
    return std::nullopt;
  }
  for (std::int64_t i = 0; i < self.dim(); ++i) {
    sizes[static_cast<std::size_t>(more + i)] *= self.size(i);
  }
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

/// (self, output_size)
Layouts adaptive_pool(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& self = arguments[0].toTensor();
  const Sizes pooled = arguments[1].toIntVector();
  const auto dimensions = static_cast<std::int64_t>(pooled.size());
  if ((self.dim() != dimensions + 1 && self.dim() != dimensions + 2) ||
      std::any_of(pooled.begin(), pooled.end(), [](std::int64_t size) { return size < 0; })) {
    return std::nullopt;
  }
  Sizes sizes = self.sizes().vec();
  std::copy(pooled.begin(), pooled.end(), sizes.end() - dimensions);
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

/// (self, dim, correction, keepdim)
Layouts variance(Arguments arguments) {
  if (!are_simple(arguments)) return std::nullopt;
  const at::Tensor& self = arguments[0].toTensor();
  const Sizes dims = arguments[1].isNone() ? Sizes() : arguments[1].toIntVector();
  const at::DimVector wrapped = [&] {
    at::DimVector all(dims.begin(), dims.end());
    at::maybe_wrap_dims(all, self.dim());
    return all;
  }();
  Sizes sizes;
  for (std::int64_t i = 0; i < self.dim(); ++i) {
    const auto times = std::count(wrapped.begin(), wrapped.end(), i);
    if (times > 1) return std::nullopt;
    const bool reduced = dims.empty() || times == 1;
    if (!reduced) sizes.push_back(self.size(i));
    if (reduced && arguments[3].toBool()) sizes.push_back(1);
  }
  return {{contiguous(std::move(sizes), self.scalar_type())}};
}

Layouts variance_and_mean(Arguments arguments) {
  auto layouts = variance(arguments);
  if (layouts) layouts->push_back(layouts->front());
  return layouts;
}

/// What integers along neighbouring dimensions select: theirs become those of the integers.
std::optional<Sizes> selected_sizes(const at::Tensor& self, const IValue& indices) {
  Sizes before;
  Sizes selected;
  Sizes after;
  std::int64_t dimension = 0;
  bool any = false;
  for (const IValue& item : indices.toListRef()) {
    if (dimension >= self.dim()) return std::nullopt;
    const bool whole = is_none(item);
    if (whole) {
      (any ? after : before).push_back(self.size(dimension++));
      continue;
    }
    const at::Tensor& index = item.toTensor();
    if (!after.empty() || index.scalar_type() != at::kLong) return std::nullopt;
    selected = any ? at::infer_size(selected, index.sizes()) : index.sizes().vec();
    any = true;
    ++dimension;
  }
  before.insert(before.end(), selected.begin(), selected.end());
  before.insert(before.end(), after.begin(), after.end());
  while (dimension < self.dim()) before.push_back(self.size(dimension++));
  return before;
}

/// (self, indices, values, accumulate, unsafe)
Layouts index_put(Arguments arguments) {
  const at::Tensor& self = arguments[0].toTensor();
  const at::Tensor& values = arguments[2].toTensor();
  const auto sizes = selected_sizes(self, arguments[1]);
  if (!sizes || values.scalar_type() != self.scalar_type() ||
      !self.is_non_overlapping_and_dense() || !at::is_expandable_to(values.sizes(), *sizes)) {
    return std::nullopt;
  }
  return {{layout_of(self)}};
}

const std::unordered_map<c10::OperatorName, LayoutRule>& table() {
  static const std::unordered_map<c10::OperatorName, LayoutRule> kRules = {
      {{"aten::_slow_conv2d_forward", ""}, slow_convolution},
      {{"aten::slow_conv3d_forward", ""}, slow_convolution},
      {{"aten::slow_conv_dilated2d", ""}, dilated_convolution},
      {{"aten::slow_conv_dilated3d", ""}, dilated_convolution},
      {{"aten::mkldnn_convolution", ""}, mkldnn_convolution},
      {{"aten::native_batch_norm", ""}, batch_norm},
      {{"aten::native_layer_norm", ""}, layer_norm},
      {{"aten::native_group_norm", ""}, group_norm},
      {{"aten::index_select", ""}, index_select},
      {{"aten::where", "self"}, where},
      {{"aten::where", "self_out"}, where},
      {{"aten::hardswish", ""}, pointwise},
      {{"aten::abs", "out"}, pointwise_out},
      {{"aten::hardtanh", "out"}, pointwise_out},
      {{"aten::nan_to_num", "out"}, pointwise_out},
      {{"aten::logical_not", "out"}, logical_out},
      {{"aten::logical_and", "out"}, logical_out},
      {{"aten::logical_or", "out"}, logical_out},
      {{"aten::logical_xor", "out"}, logical_out},
      {{"aten::flip", ""}, flip},
      {{"aten::repeat", ""}, repeat},
      {{"aten::_adaptive_avg_pool2d", ""}, adaptive_pool},
      {{"aten::_adaptive_avg_pool3d", ""}, adaptive_pool},
      {{"aten::var", "correction"}, variance},
      {{"aten::std", "correction"}, variance},
      {{"aten::var_mean", "correction"}, variance_and_mean},
      {{"aten::std_mean", "correction"}, variance_and_mean},
      {{"aten::_index_put_impl_", ""}, index_put},
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
