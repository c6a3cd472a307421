#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"
#include "export/shapes/rules/view_shape.h"

namespace roundtrip::shapes {
namespace {

Shapes view(const Call& call) {
  if (!call.has("size")) TORCH_CHECK_NOT_IMPLEMENTED(false, "view of another dtype");
  return {view_shape(same_layout(call.tensor(std::size_t{0})), call.sizes("size"))};
}

/// The view if there is one, otherwise a copy.
Shape reshaped(const Shape& self, const Sizes& asked) {
  const Sizes sizes = inferred_sizes(asked, product(self.sizes));
  if (is_contiguous_or_false(self.sizes, *self.strides)) return view_shape(self, sizes);
  if (auto strides = view_strides(self.sizes, *self.strides, sizes)) {
    return {sizes, std::move(strides), self.offset, self.dtype};
  }
  return of_sizes(sizes, self.dtype);
}

Shapes reshape(const Call& call) {
  return {reshaped(same_layout(call.tensor(std::size_t{0})), call.sizes("shape"))};
}

Shapes reshape_alias(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  return {
      {call.sizes("size"), call.sizes("stride"), self.sym_storage_offset(), self.scalar_type()}};
}

Shapes reshape_copy(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  return {of_sizes(inferred_sizes(call.sizes("size"), self.sym_numel()), self.scalar_type())};
}

/// As `torch._refs.expand` asks and `broadcast_in_dim` lays out.
Shapes expand(const Call& call) {
  const Shape self = same_layout(call.tensor(std::size_t{0}));
  Shape shape{call.sizes("size"), Sizes(), self.offset, self.dtype};
  TORCH_CHECK(shape.sizes.size() >= self.sizes.size(), "expand to fewer dimensions");
  const std::size_t added = shape.sizes.size() - self.sizes.size();
  shape.strides->assign(shape.sizes.size(), 0);
  for (std::size_t i = 0; i < self.sizes.size(); ++i) {
    const c10::SymInt& size = self.sizes[i];
    c10::SymInt& asked = shape.sizes[added + i];
    if (TORCH_GUARD_OR_FALSE(asked.sym_eq(-1))) asked = size;
    if (!is_one(size)) TORCH_SYM_CHECK(size.sym_eq(asked), "expand of a size that is not 1");
    const bool stays = TORCH_GUARD_OR_FALSE(asked.sym_eq(size)) || !is_one(size);
    if (stays) (*shape.strides)[added + i] = (*self.strides)[i];
  }
  return {shape};
}

Shapes repeat(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  Sizes sizes = call.sizes("repeats");
  const auto own = self.sym_sizes();
  TORCH_CHECK(sizes.size() >= own.size(), "repeat with fewer numbers than dimensions");
  for (std::size_t i = 0; i < own.size(); ++i) {
    c10::SymInt& size = sizes[sizes.size() - own.size() + i];
    size = size * own[i];
  }
  return {of_sizes(std::move(sizes), self.scalar_type())};
}

/// Copies with the sizes that the input has.
Shapes rearranged(const Call& call) {
  const at::Tensor& self = call.tensor(std::size_t{0});
  return {like(self)};
}

Shapes pixel_shuffle(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const c10::SymInt factor = call.size("upscale_factor");
  const std::size_t rank = sizes.size();
  TORCH_CHECK(rank >= 3, "pixel_shuffle of fewer than 3 dimensions");
  sizes[rank - 3] = floor_divide(sizes[rank - 3], factor * factor);
  sizes[rank - 2] = sizes[rank - 2] * factor;
  sizes[rank - 1] = sizes[rank - 1] * factor;
  return {of_sizes(std::move(sizes))};
}

/// Dimensions `first` and later in another order, counted from there.
Shape permuted(const Shape& self, std::size_t first, std::initializer_list<std::size_t> order) {
  Shape shape = self;
  std::size_t next = first;
  for (const std::size_t dimension : order) {
    shape.sizes[next] = self.sizes[first + dimension];
    (*shape.strides)[next++] = (*self.strides)[first + dimension];
  }
  return shape;
}

/// As `torch._refs.nn.functional.pixel_unshuffle`: a view that splits height and width, a
/// permutation and a reshape, which guard sizes.
Shapes pixel_unshuffle(const Call& call) {
  const Shape self = same_layout(call.tensor(std::size_t{0}));
  const c10::SymInt factor = call.size("downscale_factor");
  TORCH_CHECK(self.sizes.size() >= 3, "pixel_unshuffle of fewer than 3 dimensions");
  const std::size_t channel = self.sizes.size() - 3;
  const c10::SymInt channels = self.sizes[channel];
  const c10::SymInt height = floor_divide(self.sizes[channel + 1], factor);
  const c10::SymInt width = floor_divide(self.sizes[channel + 2], factor);
  Sizes split(self.sizes.begin(), self.sizes.begin() + static_cast<std::ptrdiff_t>(channel));
  Sizes sizes = split;
  for (const auto& size : {channels, height, factor, width, factor}) split.push_back(size);
  for (const auto& size : {channels * factor * factor, height, width}) sizes.push_back(size);
  Shape shape = permuted(view_shape(self, split), channel, {0, 2, 4, 1, 3});
  is_contiguous_or_false(shape.sizes, *shape.strides);
  shape.strides = contiguous_strides(shape.sizes);
  return {of_sizes(view_shape(shape, sizes).sizes)};
}

constexpr NamedRule kReshapeRules[] = {
    {"view", view},
    {"_unsafe_view", view},
    {"reshape", reshape},
    {"_reshape_alias", reshape_alias},
    {"_reshape_copy", reshape_copy},
    {"expand", expand},
    {"repeat", repeat},
    {"flip", rearranged},
    {"roll", rearranged},
    {"channel_shuffle", rearranged},
    {"pixel_shuffle", pixel_shuffle},
    {"pixel_unshuffle", pixel_unshuffle},
};

}  // namespace

RuleTable reshape_rules() {
  return kReshapeRules;
}

}  // namespace roundtrip::shapes
