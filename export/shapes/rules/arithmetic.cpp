#include "export/shapes/rules/arithmetic.h"

#include <c10/core/SymBool.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <numeric>

namespace roundtrip::shapes {
namespace {

c10::SymInt at_least_one(const c10::SymInt& size) {
  const auto known = size.maybe_as_int();
  return known ? c10::SymInt(std::max<std::int64_t>(*known, 1)) : size.max(1);
}

/// The order, outermost first, in which a tensor known to be dense lays out its
/// dimensions; nothing if that is not known.
std::optional<std::vector<std::size_t>> known_order(c10::SymIntArrayRef sizes,
                                                    c10::SymIntArrayRef strides) {
  std::vector<std::size_t> order;
  std::vector<bool> used(sizes.size(), false);
  c10::SymInt expected = 1;
  while (order.size() < sizes.size()) {
    bool found = false;
    for (std::size_t i = sizes.size(); i-- > 0 && !found;) {
      if (used[i] || !known_equal(strides[i], expected)) continue;
      used[i] = found = true;
      order.insert(order.begin(), i);
      expected = expected * at_least_one(sizes[i]);
    }
    if (!found) return std::nullopt;
  }
  return order;
}

}  // namespace

c10::SymInt product(c10::SymIntArrayRef sizes) {
  c10::SymInt result = 1;
  for (const c10::SymInt& size : sizes) result = result * size;
  return result;
}

c10::SymInt floor_divide(const c10::SymInt& a, const c10::SymInt& b) {
  const auto x = a.maybe_as_int();
  const auto y = b.maybe_as_int();
  if (!x || !y) return a / b;
  TORCH_CHECK(*y != 0, "division of a size by zero");
  const std::int64_t quotient = *x / *y;
  return *x % *y != 0 && (*x < 0) != (*y < 0) ? quotient - 1 : quotient;
}

c10::SymInt ceil_divide(const c10::SymInt& a, const c10::SymInt& b) {
  return floor_divide(a + b - 1, b);
}

bool is_one(const c10::SymInt& size) {
  return TORCH_GUARD_OR_FALSE(size.sym_eq(1));
}

bool known_equal(const c10::SymInt& a, const c10::SymInt& b) {
  return TORCH_STATICALLY_KNOWN_TRUE(a.sym_eq(b));
}

bool known_equal(c10::SymIntArrayRef a, c10::SymIntArrayRef b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const auto& x, const auto& y) { return known_equal(x, y); });
}

void check_equal(const c10::SymInt& a, const c10::SymInt& b, const char* what) {
  TORCH_SYM_CHECK(a.sym_eq(b), what, ": ", a, " and ", b, " must be the same");
}

void check_equal(c10::SymIntArrayRef a, c10::SymIntArrayRef b, const char* what) {
  TORCH_CHECK(a.size() == b.size(), what, ": other numbers of dimensions");
  for (std::size_t i = 0; i < a.size(); ++i) check_equal(a[i], b[i], what);
}

void check_expands(c10::SymIntArrayRef sizes, c10::SymIntArrayRef to, const char* what) {
  TORCH_CHECK(sizes.size() <= to.size(), what, ": too many dimensions");
  const std::size_t more = to.size() - sizes.size();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!is_one(sizes[i])) check_equal(sizes[i], to[more + i], what);
  }
}

void check_at_most(const c10::SymInt& size, const c10::SymInt& most, const char* what) {
  TORCH_SYM_CHECK(size.sym_le(most), what, ": ", size, " must be at most ", most);
}

void check_repeats(c10::SymIntArrayRef repeats, const c10::SymInt& rows) {
  if (!repeats.empty() && !is_one(repeats[0])) check_equal(repeats[0], rows, "repeats");
}

void check_vector(const Call& call, std::string_view name, const c10::SymInt& size) {
  const auto vector = call.optional_tensor(name);
  if (!vector) return;
  TORCH_CHECK(vector->dim() == 1, name, " must be a vector");
  check_equal(vector->sym_size(0), size, "the size of a vector");
}

bool has_unbacked(c10::SymIntArrayRef sizes) {
  return std::any_of(sizes.begin(), sizes.end(),
                     [](const c10::SymInt& size) { return !size.has_hint(); });
}

const c10::SymInt& per_dim(const Sizes& list, std::size_t i) {
  return list.size() == 1 ? list[0] : list.at(i);
}

std::size_t wrap_dim(std::int64_t dim, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(rank, 1));
  TORCH_CHECK(dim >= -count && dim < count, "dimension ", dim, " of a tensor of ", rank);
  return static_cast<std::size_t>(dim < 0 ? dim + count : dim);
}

Sizes broadcast_pair(c10::SymIntArrayRef a, c10::SymIntArrayRef b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Sizes result(rank);
  for (std::size_t i = rank; i-- > 0;) {
    const std::size_t from_end = rank - i;
    const c10::SymInt x = from_end <= a.size() ? a[a.size() - from_end] : c10::SymInt(1);
    const c10::SymInt y = from_end <= b.size() ? b[b.size() - from_end] : c10::SymInt(1);
    const bool x_is_one = is_one(x);
    if (!x_is_one && !is_one(y)) check_equal(x, y, "sizes that are broadcast");
    result[i] = x_is_one ? y : x;
  }
  return result;
}

Sizes broadcast(const std::vector<Sizes>& shapes) {
  std::size_t rank = 0;
  for (const Sizes& shape : shapes) rank = std::max(rank, shape.size());
  Sizes common(rank, 1);
  for (const Sizes& shape : shapes) {
    for (std::size_t i = shape.size(); i-- > 0;) {
      const c10::SymInt& size = shape[i];
      c10::SymInt& target = common[i + rank - shape.size()];
      if (TORCH_GUARD_OR_FALSE(size.sym_eq(target))) continue;
      if (is_one(target)) target = size;
      if (is_one(size)) continue;
      check_equal(target, size, "sizes that are broadcast");
    }
  }
  return common;
}

Sizes strides_in_order(c10::SymIntArrayRef sizes, c10::ArrayRef<std::size_t> order) {
  Sizes strides(sizes.size(), 1);
  c10::SymInt stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = stride;
    if (i > 0) stride = stride * at_least_one(sizes[order[i]]);
  }
  return strides;
}

c10::SymInt diagonal_length(const c10::SymInt& rows, const c10::SymInt& columns,
                            std::int64_t shift) {
  const c10::SymInt left_rows = rows + (shift < 0 ? shift : 0);
  const c10::SymInt left_columns = columns - (shift > 0 ? shift : 0);
  return left_rows.min(left_columns).max(0);
}

Sizes contiguous_strides(c10::SymIntArrayRef sizes) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return strides_in_order(sizes, order);
}

Sizes channels_last_strides(c10::SymIntArrayRef sizes) {
  std::vector<std::size_t> order{0};
  for (std::size_t i = 2; i < sizes.size(); ++i) order.push_back(i);
  order.push_back(1);
  return strides_in_order(sizes, order);
}

Sizes preserved_strides(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides) {
  const auto order = known_order(sizes, strides);
  return order ? strides_in_order(sizes, *order) : contiguous_strides(sizes);
}

bool is_contiguous_or_false(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides) {
  if (TORCH_GUARD_OR_FALSE(product(sizes).sym_lt(2))) return true;
  c10::SymInt expected = 1;
  c10::SymInt expected_at_least = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (is_one(sizes[i])) continue;
    if (TORCH_GUARD_OR_TRUE(strides[i].sym_ne(expected)) &&
        TORCH_GUARD_OR_TRUE(strides[i].sym_ne(expected_at_least))) {
      return false;
    }
    expected_at_least = expected_at_least * at_least_one(sizes[i]);
    expected = expected * sizes[i];
  }
  return true;
}

}  // namespace roundtrip::shapes
