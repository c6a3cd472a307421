#include <cmath>

#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/rules/rules.h"

namespace roundtrip::shapes {
namespace {

/// floor(size * scale). A scale that is a fraction of small numbers, as nearly all are,
/// becomes a quotient of integers; another one is asked of this run only.
c10::SymInt scaled(const c10::SymInt& size, double scale) {
  for (std::int64_t denominator = 1; denominator <= 64; ++denominator) {
    const double numerator = scale * static_cast<double>(denominator);
    if (numerator != std::floor(numerator)) continue;
    return floor_divide(size * static_cast<std::int64_t>(numerator), denominator);
  }
  TORCH_CHECK_NOT_IMPLEMENTED(!size.is_symbolic(), "a scale of ", scale);
  return static_cast<std::int64_t>(std::floor(static_cast<double>(size.expect_int()) * scale));
}

/// Sizes of the result are given, or the factors that make them.
Shapes upsample(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const Sizes asked = call.sizes("output_size");
  for (std::size_t i = 0; i < asked.size(); ++i) sizes.at(i + 2) = asked[i];
  if (asked.empty()) {
    const auto factors = call.find("scale_factors")->toDoubleVector();
    for (std::size_t i = 0; i < factors.size(); ++i) {
      sizes.at(i + 2) = scaled(sizes[i + 2], factors[i]);
    }
  }
  return {of_sizes(std::move(sizes))};
}

/// Numbers come in pairs, before and after, from the last dimension on.
Sizes padded(const at::Tensor& input, const Sizes& pads) {
  Sizes sizes = sizes_of(input);
  TORCH_CHECK(pads.size() <= 2 * sizes.size(), "padding of more dimensions than there are");
  for (std::size_t i = 0; i + 1 < pads.size(); i += 2) {
    c10::SymInt& size = sizes[sizes.size() - 1 - i / 2];
    size = size + pads[i] + pads[i + 1];
  }
  return sizes;
}

Shapes pad(const Call& call) {
  const char* name = call.has("pad") ? "pad" : "padding";
  return {of_sizes(padded(call.tensor(std::size_t{0}), call.sizes(name)))};
}

/// Python: a reflection is shorter than what it reflects.
Shapes reflection_pad(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const Sizes pads = call.sizes("padding");
  const auto sizes = input.sym_sizes();
  for (std::size_t i = 0; i < pads.size(); ++i) {
    TORCH_SYM_CHECK(pads[i].sym_lt(sizes[sizes.size() - 1 - i / 2]),
                    "a reflection longer than its input");
  }
  return {of_sizes(padded(input, pads))};
}

/// The input's batch and channels, the grid's points.
Shapes grid_sampler(const Call& call) {
  const at::Tensor& input = call.tensor(std::size_t{0});
  const Sizes grid = sizes_of(call.tensor(1));
  check_equal(input.sym_size(0), grid.at(0), "the batch of input and grid");
  check_equal(grid.back(), input.dim() - 2, "a grid's coordinates");
  Sizes sizes{input.sym_size(0), input.sym_size(1)};
  sizes.insert(sizes.end(), grid.begin() + 1, grid.end() - 1);
  return {of_sizes(std::move(sizes))};
}

Shapes affine_grid(const Call& call) {
  Sizes sizes = call.sizes("size");
  const auto dims = static_cast<std::int64_t>(sizes.size()) - 2;
  sizes.erase(sizes.begin() + 1);
  sizes.emplace_back(dims);
  return {of_sizes(std::move(sizes))};
}

/// How many windows fit along dimension `i` of the image.
c10::SymInt window_count(const Call& call, const c10::SymInt& length, std::size_t i) {
  const c10::SymInt reach = call.sizes("dilation").at(i) * (call.sizes("kernel_size").at(i) - 1);
  const c10::SymInt room = length + call.sizes("padding").at(i) * 2 - reach - 1;
  TORCH_SYM_CHECK(room.sym_ge(0), "a window larger than the image");
  return floor_divide(room, call.sizes("stride").at(i)) + 1;
}

Shapes image_to_columns(const Call& call) {
  const Sizes image = sizes_of(call.tensor(std::size_t{0}));
  const std::size_t rank = image.size();
  const c10::SymInt windows =
      window_count(call, image[rank - 2], 0) * window_count(call, image[rank - 1], 1);
  Sizes sizes(image.begin(), image.end() - 2);
  sizes.back() = sizes.back() * product(call.sizes("kernel_size"));
  sizes.push_back(windows);
  return {of_sizes(std::move(sizes))};
}

Shapes columns_to_image(const Call& call) {
  Sizes sizes = sizes_of(call.tensor(std::size_t{0}));
  const Sizes image = call.sizes("output_size");
  check_equal(sizes.back(), window_count(call, image.at(0), 0) * window_count(call, image.at(1), 1),
              "the windows of an image");
  sizes.pop_back();
  check_equal(sizes.back() % product(call.sizes("kernel_size")), 0,
              "columns that a kernel leaves over");
  sizes.back() = floor_divide(sizes.back(), product(call.sizes("kernel_size")));
  sizes.insert(sizes.end(), image.begin(), image.end());
  return {of_sizes(std::move(sizes))};
}

constexpr NamedRule kResamplingRules[] = {
    {"upsample_nearest1d", upsample},
    {"upsample_nearest2d", upsample},
    {"upsample_nearest3d", upsample},
    {"_upsample_nearest_exact1d", upsample},
    {"_upsample_nearest_exact2d", upsample},
    {"_upsample_nearest_exact3d", upsample},
    {"upsample_linear1d", upsample},
    {"upsample_bilinear2d", upsample},
    {"upsample_trilinear3d", upsample},
    {"upsample_bicubic2d", upsample},
    {"_upsample_bilinear2d_aa", upsample},
    {"_upsample_bicubic2d_aa", upsample},
    {"constant_pad_nd", pad},
    {"pad", pad},
    {"_pad_circular", pad},
    {"replication_pad1d", pad},
    {"replication_pad2d", pad},
    {"replication_pad3d", pad},
    {"reflection_pad1d", reflection_pad},
    {"reflection_pad2d", reflection_pad},
    {"reflection_pad3d", reflection_pad},
    {"grid_sampler", grid_sampler},
    {"grid_sampler_2d", grid_sampler},
    {"grid_sampler_3d", grid_sampler},
    {"affine_grid_generator", affine_grid},
    {"im2col", image_to_columns},
    {"col2im", columns_to_image},
};

}  // namespace

RuleTable resampling_rules() {
  return kResamplingRules;
}

}  // namespace roundtrip::shapes
