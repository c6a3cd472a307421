#include "export/capture/layouts.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "export/capture/symbols.h"

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

CapturePoints::CapturePoints(const std::shared_ptr<Symbols>& symbols) : symbols_(symbols) {
  for (const Expr& symbol : symbols->all) {
    const Expr known = symbols->env.simplify(symbol);
    if (known.kind == ExprKind::symbol && known.name == symbol.name) free_.push_back(symbol);
  }
}

c10::SymInt CapturePoints::symbol(std::size_t index) const {
  return make_sym_int(symbols_, free_[index]);
}

std::pair<std::int64_t, std::int64_t> CapturePoints::bounds(std::size_t index) const {
  const auto [low, high] = symbols_->env.range_of(free_[index]);
  return {low.value_or(std::numeric_limits<std::int64_t>::min()),
          high.value_or(std::numeric_limits<std::int64_t>::max())};
}

std::int64_t CapturePoints::value_in_this_run(std::size_t index) const {
  return to_int(symbols_->env.value_in_this_run(free_[index]));
}

std::int64_t CapturePoints::evaluate(const c10::SymInt& size,
                                     const std::vector<std::int64_t>& values) const {
  Bindings bindings;
  for (std::size_t i = 0; i < free_.size(); ++i) bindings.emplace(free_[i].name, values[i]);
  return to_int(roundtrip::evaluate(symbols_->env.simplify(expr_of(size)), bindings));
}

}  // namespace roundtrip
