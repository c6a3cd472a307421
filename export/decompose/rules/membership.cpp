#include <roundtrip/symbolic.h>

#include <cmath>
#include <limits>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

using at::Tensor;

c10::SymFloat power_of(const c10::SymFloat& base, double exponent) {
  if (!base.is_symbolic()) return std::pow(base.as_float_unchecked(), exponent);
  const c10::SymNode node = base.toSymNodeImpl();
  return c10::SymFloat(node->pow(node->wrap_float(exponent)));
}

/// Whether comparing each with each is cheaper than sorting. Either is right for all sizes.
bool are_few(const Tensor& tests, const Tensor& elements) {
  const c10::SymFloat most = power_of(sym_float(elements.sym_numel()), 0.145) * 10.0;
  return guard_or_false(sym_float(tests.sym_numel()).sym_lt(most));
}

Tensor compared(const Tensor& elements, const Tensor& tests) {
  if (tests.dim() == 0) return at::eq(elements, tests);
  Sizes sizes = elements.sym_sizes().vec();
  std::vector<std::int64_t> dims;
  for (std::int64_t i = 1; i <= tests.dim(); ++i) {
    sizes.emplace_back(1);
    dims.push_back(-i);
  }
  return at::any(at::eq(elements.view_symint(sizes), tests), dims);
}

Tensor sorted_together(const Tensor& elements, const Tensor& tests, bool invert) {
  const auto [values, order] =
      at::sort(at::cat({at::flatten(elements), at::flatten(tests)}), std::optional<bool>(true));
  const Tensor later = at::slice(values, 0, 1, std::numeric_limits<std::int64_t>::max());
  const Tensor earlier = at::slice(values, 0, 0, -1);
  const Tensor same = at::constant_pad_nd(at::eq(later, earlier), {0, 1}, false);
  const Tensor mask =
      at::index_copy(at::empty_like(same), 0, order, invert ? at::logical_not(same) : same);
  return at::slice_symint(mask, 0, 0, elements.sym_numel()).reshape_symint(elements.sym_sizes());
}

Tensor searched(const Tensor& elements, const Tensor& tests, bool invert) {
  const Tensor flat = at::flatten(elements);
  const Tensor sorted = std::get<0>(at::sort(at::flatten(tests)));
  const Tensor places = at::searchsorted(sorted, flat);
  const Tensor is_inside = at::lt(places, at::Scalar(sorted.sym_numel()));
  const Tensor inside = at::where(is_inside, places, number_like(0, places));
  const Tensor found = at::eq(at::index(sorted, {inside}), flat);
  return (invert ? at::logical_not(found) : found).reshape_symint(elements.sym_sizes());
}

Tensor isin(const Tensor& elements, const Tensor& tests, bool assume_unique, bool invert) {
  if (are_few(tests, elements)) {
    const Tensor result = compared(elements, tests);
    return invert ? at::bitwise_not(result) : result;
  }
  return assume_unique ? sorted_together(elements, tests, invert)
                       : searched(elements, tests, invert);
}

}  // namespace

void add_membership_rules(DecompositionTable& table) {
  table.add("aten::isin.Tensor_Tensor", rule(isin));
}

}  // namespace roundtrip
