#include "export/shapes/result_layout.h"

#include <algorithm>
#include <numeric>

#include "export/shapes/rules/arithmetic.h"

namespace roundtrip::shapes {
namespace {

/// Dimensions from the largest stride of this run to the smallest.
std::vector<std::size_t> stride_order(at::IntArrayRef strides) {
  std::vector<std::size_t> order(strides.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return strides[a] > strides[b]; });
  return order;
}

/// The same strides, but those of dimensions of size 1, which say nothing, as they are.
Sizes with_idle_strides(Sizes strides, c10::SymIntArrayRef sizes, const at::Tensor& real) {
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const auto size = sizes[i].maybe_as_int();
    if (size && *size == 1) strides[i] = real.stride(static_cast<std::int64_t>(i));
  }
  return strides;
}

/// Strides of the memory an operator made for its result.
std::optional<Sizes> new_strides(c10::SymIntArrayRef sizes, const at::Tensor& real,
                                 const ThisRun& run) {
  Sizes strides = contiguous_strides(sizes);
  if (run.agree(strides, real.strides())) return strides;
  if (sizes.size() == 4 || sizes.size() == 5) {
    strides = channels_last_strides(sizes);
    if (run.agree(strides, real.strides())) return strides;
  }
  strides = strides_in_order(sizes, stride_order(real.strides()));
  if (run.agree(strides, real.strides())) return strides;
  strides = with_idle_strides(std::move(strides), sizes, real);
  if (run.agree(strides, real.strides())) return strides;
  return std::nullopt;
}

}  // namespace

bool ThisRun::agree(c10::SymIntArrayRef sizes, at::IntArrayRef real) const {
  return std::equal(
      sizes.begin(), sizes.end(), real.begin(), real.end(),
      [&](const c10::SymInt& size, std::int64_t expected) { return value_(size) == expected; });
}

std::optional<SymbolicLayout> result_layout(const Shape& shape, const at::Tensor& real,
                                            const ThisRun& run) {
  if (!shape.defined || !real.defined()) {
    return shape.defined == real.defined() ? std::optional(SymbolicLayout{}) : std::nullopt;
  }
  if (!run.agree(shape.sizes, real.sizes())) return std::nullopt;
  if (shape.strides && run.value(shape.offset) == real.storage_offset()) {
    Sizes strides = *shape.strides;
    if (!run.agree(strides, real.strides())) {
      strides = with_idle_strides(std::move(strides), shape.sizes, real);
    }
    if (run.agree(strides, real.strides())) {
      return SymbolicLayout{shape.sizes, std::move(strides), shape.offset};
    }
  }
  auto strides = new_strides(shape.sizes, real, run);
  if (!strides) return std::nullopt;
  return SymbolicLayout{shape.sizes, std::move(*strides), real.storage_offset()};
}

}  // namespace roundtrip::shapes
