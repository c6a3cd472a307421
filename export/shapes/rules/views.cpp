#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/view_arguments.h"

namespace roundtrip::shapes {
namespace {

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

Shapes diagonal(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t first = dim_of(call, "dim1", self);
  const std::size_t second = dim_of(call, "dim2", self);
  const std::int64_t shift = call.integer("offset");
  const Shape all = same_layout(self);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < all.sizes.size(); ++i) {
    if (i != first && i != second) order.push_back(i);
  }
  Shape shape = picked(self, order);
  const c10::SymInt length = diagonal_length(all.sizes[first], all.sizes[second], shift);
  const std::size_t moved = shift >= 0 ? second : first;
  if (length != 0) shape.offset = shape.offset + (*all.strides)[moved] * std::abs(shift);
  shape.sizes.push_back(length);
  shape.strides->push_back((*all.strides)[first] + (*all.strides)[second]);
  return {shape};
}

/// The same bytes as elements of another size: the last dimension has more of them, or fewer.
Shapes view_as_dtype(const Call& call) {
  Shape shape = same_layout(self_of(call));
  const at::ScalarType dtype = call.dtype().value();
  const auto old_size = static_cast<std::int64_t>(c10::elementSize(*shape.dtype));
  const auto new_size = static_cast<std::int64_t>(c10::elementSize(dtype));
  shape.dtype = dtype;
  if (old_size == new_size) return {shape};
  Sizes& strides = *shape.strides;
  if (old_size > new_size) {
    const std::int64_t times = old_size / new_size;
    for (std::size_t i = 0; i + 1 < strides.size(); ++i) strides[i] = strides[i] * times;
    shape.offset = shape.offset * times;
    shape.sizes.back() = shape.sizes.back() * times;
    return {shape};
  }
  const std::int64_t times = new_size / old_size;
  const auto divides = [&](const c10::SymInt& number, const char* what) {
    TORCH_SYM_CHECK((number % times).sym_eq(0), what);
    return floor_divide(number, times);
  };
  shape.sizes.back() = divides(shape.sizes.back(), "view: the last size is not divisible");
  for (std::size_t i = 0; i + 1 < strides.size(); ++i) {
    strides[i] = divides(strides[i], "view: a stride is not divisible");
  }
  shape.offset = divides(shape.offset, "view: the offset is not divisible");
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

constexpr NamedRule kViewsRules[] = {
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
    {"diagonal", diagonal},
    {"view.dtype", view_as_dtype},
    {"as_strided", as_strided},
    {"view_as_real", view_as_real},
    {"view_as_complex", view_as_complex},
};

}  // namespace

RuleTable view_rules() {
  return kViewsRules;
}

}  // namespace roundtrip::shapes
