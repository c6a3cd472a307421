#include "export/shapes/arithmetic.h"
#include "export/shapes/rules.h"

/// Parts of a tensor along one of its dimensions.
namespace roundtrip::shapes {
namespace {

const at::Tensor& self_of(const Call& call) {
  return call.tensor(std::size_t{0});
}

std::size_t dim_of(const Call& call) {
  return wrap_dim(call.integer("dim"), static_cast<std::size_t>(self_of(call).dim()));
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
  const std::size_t dim = dim_of(call);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  const c10::SymInt length = call.size("length");
  TORCH_SYM_CHECK(length.sym_ge(0), "narrow(): length must be non-negative");
  c10::SymInt start = call.size("start");
  if (TORCH_GUARD_OR_FALSE(start.sym_lt(0))) start = start + size;
  TORCH_SYM_CHECK(start.sym_le(size - length), "narrow(): start + length exceeds the dimension");
  return {narrowed(self, dim, start, length)};
}

Shapes split_with_sizes(const Call& call) {
  const at::Tensor& self = self_of(call);
  const std::size_t dim = dim_of(call);
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
  const std::size_t dim = dim_of(call);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  if (TORCH_GUARD_OR_FALSE(part.sym_eq(0)) || known_equal(part, size))
    return Shapes{same_layout(self)};
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
  const std::size_t dim = dim_of(call);
  const c10::SymInt size = self.sym_size(static_cast<std::int64_t>(dim));
  const std::int64_t count = call.integer("chunks");
  TORCH_CHECK(count > 0, "chunk expects `chunks` to be greater than 0, got: ", count);
  if (TORCH_GUARD_OR_FALSE(size.sym_eq(0))) {
    return Shapes(static_cast<std::size_t>(count), narrowed(self, dim, 0, 0));
  }
  return parts_of(call, ceil_divide(size, count));
}

constexpr NamedRule kRules[] = {
    {"narrow", narrow},
    {"split_with_sizes", split_with_sizes},
    {"split.Tensor", split},
    {"unsafe_split_with_sizes", split_with_sizes},
    {"unsafe_split.Tensor", split},
    {"unsafe_chunk", chunk},
};

}  // namespace

RuleTable splitting_rules() {
  return kRules;
}

}  // namespace roundtrip::shapes
