#include <ATen/TensorIndexing.h>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/view_arguments.h"

/// Views of a part of one dimension.
namespace roundtrip::shapes {

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

namespace {

/// An open end is absent or a huge number; that of `at::indexing` is less than Python's.
bool is_no_end(const std::optional<c10::SymInt>& end) {
  return !end || end->maybe_as_int().value_or(0) >= at::indexing::INDEX_MAX;
}

}  // namespace

std::optional<SlicePart> slice_part(const c10::SymInt& size,
                                    const std::optional<c10::SymInt>& start,
                                    const std::optional<c10::SymInt>& end,
                                    const c10::SymInt& step) {
  const auto first = start ? slice_bound(size, *start) : std::optional<c10::SymInt>(0);
  const auto last = is_no_end(end) ? std::optional(size) : slice_bound(size, *end);
  if (!first || !last) return std::nullopt;
  c10::SymInt length = 0;
  if (TORCH_GUARD_OR_FALSE(last->sym_ge(*first))) {
    length = floor_divide(*last - *first + step - 1, step);
  } else if (!TORCH_GUARD_OR_FALSE(first->sym_ge(*last))) {
    length = floor_divide((*last - *first).max(0) + step - 1, step);
  }
  return SlicePart{*first, std::move(length)};
}

namespace {

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

/// A length that only data decides is the caller's.
Shape sliced(const at::Tensor& self, std::size_t dim, const std::optional<c10::SymInt>& start,
             const std::optional<c10::SymInt>& end, const c10::SymInt& step) {
  Shape shape = same_layout(self);
  const auto part = slice_part(shape.sizes.at(dim), start, end, step);
  TORCH_CHECK_NOT_IMPLEMENTED(part, "a slice whose bounds only data decides");
  shape.sizes[dim] = part->length;
  shape.offset = shape.offset + part->first * (*shape.strides)[dim];
  (*shape.strides)[dim] = (*shape.strides)[dim] * step;
  return shape;
}

Shapes slice(const Call& call) {
  const at::Tensor& self = self_of(call);
  return {sliced(self, dim_of(call, "dim", self), call.optional_size("start"),
                 call.optional_size("end"), call.size("step"))};
}

/// `length` elements from `start` on, which the caller knows to be in range.
Shape narrowed(const at::Tensor& self, std::size_t dim, const c10::SymInt& start,
               const c10::SymInt& length) {
  Shape shape = same_layout(self);
  shape.offset = shape.offset + start * (*shape.strides)[dim];
  shape.sizes[dim] = length;
  return shape;
}

/// As `torch._refs.narrow` asks.
Shapes narrow(const Call& call) {
  TORCH_CHECK_NOT_IMPLEMENTED(!call.find("start")->isTensor(), "a start that only data decides");
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  const c10::SymInt length = call.size("length");
  TORCH_SYM_CHECK(length.sym_ge(0), "narrow(): length must be non-negative");
  c10::SymInt start = call.size("start");
  if (TORCH_GUARD_OR_FALSE(start.sym_lt(0))) start = start + size;
  TORCH_SYM_CHECK(start.sym_le(size - length), "narrow(): start + length exceeds the dimension");
  return {narrowed(self, dim, start, length)};
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

Shapes split_with_sizes(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  const Sizes lengths = call.sizes("split_sizes");
  c10::SymInt start = 0;
  Shapes shapes;
  for (const c10::SymInt& length : lengths) {
    shapes.push_back(narrowed(self, dim, start, length));
    start = start + length;
  }
  check_equal(start, self.sym_size(static_cast<std::int64_t>(dim)), "split_with_sizes");
  return shapes;
}

/// Python: as many parts as this run has, which a guard says.
Shapes parts_of(const Call& call, const c10::SymInt& part) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  if (TORCH_GUARD_OR_FALSE(part.sym_eq(0)) || known_equal(part, size)) return whole(call);
  const std::int64_t count = ceil_divide(size, part).guard_int(__FILE__, __LINE__);
  Shapes shapes;
  for (std::int64_t i = 0; i < count; ++i) {
    const c10::SymInt start = part * i;
    shapes.push_back(narrowed(self, dim, start, i + 1 < count ? part : size - start));
  }
  return shapes;
}

Shapes split(const Call& call) {
  if (!call.has("split_size")) TORCH_CHECK_NOT_IMPLEMENTED(false, "split without a size");
  return parts_of(call, call.size("split_size"));
}

/// Nothing in, nothing out: all chunks that were asked for, each of them empty.
Shapes chunk(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dim", self);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  const std::int64_t count = call.integer("chunks");
  TORCH_CHECK(count > 0, "chunk expects `chunks` to be greater than 0, got: ", count);
  if (TORCH_GUARD_OR_FALSE(size.sym_eq(0))) {
    return Shapes(static_cast<std::size_t>(count), narrowed(self, dim, 0, 0));
  }
  return parts_of(call, ceil_divide(size, count));
}

/// Windows of `size` elements, `step` apart. A number counts as one element.
Shapes unfold(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call, "dimension", self);
  const c10::SymInt window = call.size("size");
  const c10::SymInt step = call.size("step");
  Shape shape = same_layout(self);
  if (shape.sizes.empty()) {
    shape.sizes = {window};
    shape.strides = Sizes{1};
    return {shape};
  }
  const c10::SymInt stride = (*shape.strides)[dim];
  TORCH_SYM_CHECK(window.sym_le(shape.sizes[dim]), "unfold with a window larger than the input");
  shape.sizes[dim] = floor_divide(shape.sizes[dim] - window, step) + 1;
  (*shape.strides)[dim] = stride * step;
  shape.sizes.push_back(window);
  shape.strides->push_back(stride);
  return {shape};
}

constexpr NamedRule kSliceRules[] = {
    {"select.int", select},
    {"slice.Tensor", slice},
    {"unbind.int", unbind},
    {"narrow", narrow},
    {"split_with_sizes", split_with_sizes},
    {"split.Tensor", split},
    {"unsafe_split_with_sizes", split_with_sizes},
    {"unsafe_split.Tensor", split},
    {"unsafe_chunk", chunk},
    {"unfold", unfold},
};

}  // namespace

RuleTable slice_rules() {
  return kSliceRules;
}

}  // namespace roundtrip::shapes
