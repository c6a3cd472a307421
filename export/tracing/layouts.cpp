#include "export/tracing/layouts.h"

#include <algorithm>
#include <numeric>

namespace roundtrip {
namespace {

/// Dimensions from the innermost in memory to the outermost.
std::vector<std::size_t> memory_order(const at::Tensor& tensor) {
  std::vector<std::size_t> order(static_cast<std::size_t>(tensor.dim()));
  std::iota(order.rbegin(), order.rend(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tensor.strides()[a] < tensor.strides()[b];
  });
  return order;
}

}  // namespace

std::vector<c10::SymInt> strides_in_order_of(const at::Tensor& like,
                                             const std::vector<c10::SymInt>& sizes) {
  std::vector<c10::SymInt> strides(sizes.size());
  c10::SymInt product = 1;
  for (const std::size_t dimension : memory_order(like)) {
    const std::int64_t stride = like.strides()[dimension];
    strides[dimension] = value_in_this_run(product) == stride ? product : c10::SymInt(stride);
    product = strides[dimension] * sizes[dimension];
  }
  return strides;
}

}  // namespace roundtrip
