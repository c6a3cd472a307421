#include <limits>

#include <ATen/TensorIndexing.h>

#include "export/shapes/arithmetic.h"
#include "export/shapes/rules.h"

namespace roundtrip::shapes {
namespace {

const at::Tensor& self_of(const Call& call) {
  return call.tensor(std::size_t{0});
}

std::size_t dim_of(const Call& call, std::string_view name, const at::Tensor& self) {
  return wrap_dim(call.integer(name), static_cast<std::size_t>(self.dim()));
}

Shapes whole(const Call& call) {
  return {same_layout(self_of(call))};
}

/// The dimensions of `self` that `order` lists.
Shape picked(const at::Tensor& self, const std::vector<std::size_t>& order) {
  const Shape all = same_layout(self);
  Shape shape{{}, Sizes{}, all.offset, all.dtype};
  for (const std::size_t i : order) {
    shape.sizes.push_back(all.sizes[i]);
    shape.strides->push_back((*all.strides)[i]);
  }
  return shape;
}

std::vector<std::size_t> identity(const at::Tensor& self) {
  std::vector<std::size_t> order(static_cast<std::size_t>(self.dim()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  return order;
}

Shape swapped(const at::Tensor& self, std::size_t a, std::size_t b) {
  auto order = identity(self);
  if (!order.empty()) std::swap(order[a], order[b]);
  return picked(self, order);
}

Shapes transpose(const Call& call) {
  const at::Tensor& self = self_of(call);
  return {swapped(self, dim_of(call, "dim0", self), dim_of(call, "dim1", self))};
}

Shapes transpose_matrix(const Call& call) {
  const at::Tensor& self = self_of(call);
  if (self.dim() < 2) return whole(call);
  return {swapped(self, 0, 1)};
}

Shapes transpose_last(const Call& call) {
  const at::Tensor& self = self_of(call);
  const auto rank = static_cast<std::size_t>(self.dim());
  TORCH_CHECK(rank >= 2, "a matrix of fewer than two dimensions");
  return {swapped(self, rank - 2, rank - 1)};
}

Shapes permute(const Call& call) {
  const at::Tensor& self = self_of(call);
  std::vector<std::size_t> order;
  for (const std::int64_t dim : call.integers("dims")) {
    order.push_back(wrap_dim(dim, static_cast<std::size_t>(self.dim())));
  }
  return {picked(self, order)};
}

/// Dimensions of one element among those asked for go; all others stay.
Shape squeezed(const at::Tensor& self, const std::vector<bool>& asked) {
  std::vector<std::size_t> order;
  const auto sizes = self.sym_sizes();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!asked[i] || !is_one(sizes[i])) order.push_back(i);
  }
  return picked(self, order);
}

Shapes squeeze(const Call& call) {
  const at::Tensor& self = self_of(call);
  const auto rank = static_cast<std::size_t>(self.dim());
  std::vector<bool> asked(rank, !call.has("dim"));
  for (const std::int64_t dim : call.integers("dim")) {
    const std::size_t i = wrap_dim(dim, rank);
    if (i < rank) asked[i] = true;
  }
  return {squeezed(self, asked)};
}

Shapes unsqueeze(const Call& call) {
  const at::Tensor& self = self_of(call);
  Shape shape = same_layout(self);
  const auto rank = shape.sizes.size();
  const auto at = static_cast<std::ptrdiff_t>(wrap_dim(call.integer("dim"), rank + 1));
  const auto i = static_cast<std::size_t>(at);
  const c10::SymInt stride = i < rank ? shape.sizes[i] * (*shape.strides)[i] : c10::SymInt(1);
  shape.sizes.insert(shape.sizes.begin() + at, 1);
  shape.strides->insert(shape.strides->begin() + at, stride);
  return {shape};
}

/// One element of a dimension, which goes.
Shape selected(const at::Tensor& self, std::size_t dim, const c10::SymInt& index) {
  Shape shape = same_layout(self);
  shape.offset = shape.offset + index * (*shape.strides)[dim];
  shape.sizes.erase(shape.sizes.begin() + static_cast<std::ptrdiff_t>(dim));
  shape.strides->erase(shape.strides->begin() + static_cast<std::ptrdiff_t>(dim));
  return shape;
}

Shapes select(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  c10::SymInt index = call.size("index");
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  TORCH_SYM_CHECK(index.sym_lt(size).sym_and(index.sym_ge(c10::SymInt(0) - size)),
                  "select with an index out of range");
  if (TORCH_GUARD_OR_FALSE(index.sym_lt(0))) index = index + size;
  return {selected(self, dim, index)};
}

/// Where a slice's bound lies, from 0 to the dimension's size.
std::optional<c10::SymInt> slice_bound(const c10::SymInt& size, const c10::SymInt& index) {
  const c10::SymInt lowest = c10::SymInt(0) - size;
  const auto holds = [](const c10::SymBool& condition) { return TORCH_GUARD_OR_FALSE(condition); };
  if (holds(index.sym_ge(0).sym_and(index.sym_le(size)))) return index;
  if (holds(index.sym_lt(0).sym_and(index.sym_ge(lowest)))) return index + size;
  if (holds(index.sym_lt(lowest))) return 0;
  if (holds(index.sym_gt(size))) return size;
  if (holds(index.sym_ge(0))) return index.min(size);
  if (holds(index.sym_lt(0))) return (index + size).max(0);
  return std::nullopt;
}

/// An open end is absent or a huge number; that of `at::indexing` is less than Python's.
bool is_no_end(const std::optional<c10::SymInt>& end) {
  return !end || end->maybe_as_int().value_or(0) >= at::indexing::INDEX_MAX;
}

/// As Python's `slice_forward`. A length that only data decides is the caller's.
Shape sliced(const at::Tensor& self, std::size_t dim, const std::optional<c10::SymInt>& start,
             const std::optional<c10::SymInt>& end, const c10::SymInt& step) {
  Shape shape = same_layout(self);
  const c10::SymInt size = shape.sizes.at(dim);
  const auto first = start ? slice_bound(size, *start) : std::optional<c10::SymInt>(0);
  const auto last = is_no_end(end) ? std::optional(size) : slice_bound(size, *end);
  TORCH_CHECK_NOT_IMPLEMENTED(first && last, "a slice whose bounds only data decides");
  c10::SymInt length = 0;
  if (TORCH_GUARD_OR_FALSE(last->sym_ge(*first))) {
    length = floor_divide(*last - *first + step - 1, step);
  } else if (!TORCH_GUARD_OR_FALSE(first->sym_ge(*last))) {
    length = floor_divide((*last - *first).max(0) + step - 1, step);
  }
  shape.sizes[dim] = length;
  shape.offset = shape.offset + *first * (*shape.strides)[dim];
  (*shape.strides)[dim] = (*shape.strides)[dim] * step;
  return shape;
}

Shapes slice(const Call& call) {
  const at::Tensor& self = self_of(call);
  return {sliced(self, dim_of(call, "dim", self), call.optional_size("start"),
                 call.optional_size("end"), call.size("step"))};
}

Shapes unbind(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  const std::int64_t count =
      self.sym_size(static_cast<std::int64_t>(dim)).guard_int(__FILE__, __LINE__);
  Shapes shapes;
  for (std::int64_t i = 0; i < count; ++i) shapes.push_back(selected(self, dim, i));
  return shapes;
}

Shapes diagonal(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t first = dim_of(call, "dim1", self);
  const std::size_t second = dim_of(call, "dim2", self);
  const std::int64_t shift = call.integer("offset");
  const Shape all = same_layout(self);
  const c10::SymInt rows = all.sizes[first] + (shift < 0 ? shift : 0);
  const c10::SymInt columns = all.sizes[second] - (shift > 0 ? shift : 0);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < all.sizes.size(); ++i) {
    if (i != first && i != second) order.push_back(i);
  }
  Shape shape = picked(self, order);
  const c10::SymInt length = rows.min(columns).max(0);
  const std::size_t moved = shift >= 0 ? second : first;
  if (length != 0) shape.offset = shape.offset + (*all.strides)[moved] * std::abs(shift);
  shape.sizes.push_back(length);
  shape.strides->push_back((*all.strides)[first] + (*all.strides)[second]);
  return {shape};
}

/// Windows of `size` elements, `step` apart.
Shapes unfold(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dimension", self);
  const c10::SymInt window = call.size("size");
  const c10::SymInt step = call.size("step");
  Shape shape = same_layout(self);
  const c10::SymInt stride = (*shape.strides)[dim];
  TORCH_SYM_CHECK(window.sym_le(shape.sizes[dim]), "unfold with a window larger than the input");
  shape.sizes[dim] = floor_divide(shape.sizes[dim] - window, step) + 1;
  (*shape.strides)[dim] = stride * step;
  shape.sizes.push_back(window);
  shape.strides->push_back(stride);
  return {shape};
}

Shapes as_strided(const Call& call) {
  const at::Tensor& self = self_of(call);
  return {{call.sizes("size"), call.sizes("stride"),
           call.optional_size("storage_offset").value_or(self.sym_storage_offset()),
           self.scalar_type()}};
}

Shapes view_as_real(const Call& call) {
  Shape shape = same_layout(self_of(call));
  for (c10::SymInt& stride : *shape.strides) stride = stride * 2;
  shape.offset = shape.offset * 2;
  shape.sizes.push_back(2);
  shape.strides->push_back(1);
  shape.dtype = at::toRealValueType(*shape.dtype);
  return {shape};
}

Shapes view_as_complex(const Call& call) {
  Shape shape = same_layout(self_of(call));
  shape.sizes.pop_back();
  shape.strides->pop_back();
  for (c10::SymInt& stride : *shape.strides) stride = floor_divide(stride, 2);
  shape.offset = floor_divide(shape.offset, 2);
  shape.dtype = at::toComplexType(*shape.dtype);
  return {shape};
}

constexpr NamedRule kRules[] = {
    {"alias", whole},
    {"detach", whole},
    {"lift_fresh", whole},
    {"lift", whole},
    {"_conj", whole},
    {"_neg_view", whole},
    {"resolve_conj", whole},
    {"resolve_neg", whole},
    {"transpose.int", transpose},
    {"t", transpose_matrix},
    {"numpy_T", transpose_matrix},
    {"mT", transpose_last},
    {"mH", transpose_last},
    {"adjoint", transpose_last},
    {"permute", permute},
    {"squeeze", squeeze},
    {"unsqueeze", unsqueeze},
    {"select.int", select},
    {"slice.Tensor", slice},
    {"unbind.int", unbind},
    {"diagonal", diagonal},
    {"unfold", unfold},
    {"as_strided", as_strided},
    {"view_as_real", view_as_real},
    {"view_as_complex", view_as_complex},
};

}  // namespace

RuleTable view_rules() {
  return kRules;
}

}  // namespace roundtrip::shapes
