#include <roundtrip/symbolic.h>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

/// Images made larger or smaller, by indices that are computed from sizes.

namespace roundtrip {
namespace {

using at::Scalar;
using at::Tensor;
using MaybeSizes = std::optional<std::vector<c10::SymInt>>;
using MaybeScales = std::optional<std::vector<double>>;
using Scale = std::optional<double>;
using Scales = std::vector<Scale>;
using Indices = c10::List<std::optional<Tensor>>;

Scalar quotient(const c10::SymInt& over, const c10::SymInt& under) {
  const auto plain_over = over.maybe_as_int(), plain_under = under.maybe_as_int();
  if (plain_over && plain_under) {
    return static_cast<double>(*plain_over) / static_cast<double>(*plain_under);
  }
  return static_cast<c10::SymFloat>(over) / static_cast<c10::SymFloat>(under);
}

c10::SymInt scaled(const c10::SymInt& size, double scale) {
  return sym_int(sym_float(size) * c10::SymFloat(scale));
}

/// A size times a whole number, where the scale is one.
c10::SymInt scaled_by_whole(const c10::SymInt& size, double scale) {
  const auto whole = static_cast<std::int64_t>(scale);
  return static_cast<double>(whole) == scale ? size * whole : scaled(size, scale);
}

Sizes output_sizes(const Tensor& x, const MaybeSizes& given, const MaybeScales& scales,
                   c10::SymInt (*scale)(const c10::SymInt&, double) = scaled_by_whole) {
  if (given) return *given;
  TORCH_CHECK(scales, "Must specify exactly one of output_size and scale_factors");
  Sizes sizes;
  for (std::size_t i = 0; i < scales->size(); ++i) {
    sizes.push_back(scale(x.sym_size(static_cast<std::int64_t>(i) + 2), (*scales)[i]));
  }
  return sizes;
}

Scales scales_of(const MaybeScales& given, std::size_t count) {
  return given ? Scales(given->begin(), given->end()) : Scales(count);
}

/// The result in the memory format of the input.
Tensor in_format_of(const Tensor& x, const Tensor& result) {
  return result.contiguous(x.suggest_memory_format());
}

Tensor nearest(const Tensor& x, const Sizes& sizes, const Scales& scales, bool exact) {
  Indices indices({std::nullopt, std::nullopt});
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const c10::SymInt size = x.sym_size(static_cast<std::int64_t>(i) + 2);
    const bool given = scales[i] && *scales[i] > 0;
    const Scalar scale = given ? Scalar(1.0 / *scales[i]) : quotient(size, sizes[i]);
    const Tensor places = plus(range(0, sizes[i], at::kFloat), exact ? 0.5 : 0.0);
    Tensor index = in_type(times(places, scale), at::kLong);
    for (std::size_t more = i + 1; more < sizes.size(); ++more) index = at::unsqueeze(index, -1);
    indices.push_back(index);
  }
  const Tensor result = at::index(x, indices);
  return result.dim() > 3 ? in_format_of(x, result) : result;
}

/// The two neighbours of each place along one dimension, and where between them it is.
struct Neighbours {
  Tensor place;
  Tensor before;
  Tensor after;
};

Scalar linear_scale(const c10::SymInt& size, const c10::SymInt& result, bool align_corners,
                    const Scale& scale) {
  if (align_corners) return result > 1 ? quotient(size - 1, result - 1) : Scalar(0);
  return scale && *scale > 0 ? Scalar(1.0 / *scale) : quotient(size, result);
}

/// Where the places of the result lie in the image.
Tensor source_of(const Tensor& places, const Scalar& factor, bool align_corners) {
  if (align_corners) return times(places, factor);
  return minus(times(plus(places, 0.5), factor), 0.5);
}

Neighbours neighbours(const c10::SymInt& size, const c10::SymInt& result, bool align_corners,
                      const Scale& scale, std::size_t inner, c10::ScalarType dtype) {
  const Scalar factor = linear_scale(size, result, align_corners, scale);
  const Tensor numbers = in_type(range(0, result), dtype);
  const Tensor source = source_of(numbers, factor, align_corners);
  Sizes column(inner + 1, 1);
  column[0] = result;
  const Tensor place = at::reshape_symint(at::clamp(source, 0.0), column);
  const Tensor before = in_type(place, at::kLong);
  const Tensor next = plus(before, 1);
  return {place, before, at::clamp(next, std::nullopt, size - 1)};
}

/// Blends the corners of each place, dimension by dimension from the last one.
Tensor linear(const Tensor& x, const Sizes& sizes, bool align_corners, const Scales& scales) {
  const bool floating = x.is_floating_point();
  const c10::ScalarType dtype = floating ? x.scalar_type() : at::kFloat;
  const std::size_t dims = sizes.size();
  std::vector<Neighbours> along;
  for (std::size_t i = 0; i < dims; ++i) {
    along.push_back(neighbours(x.sym_size(static_cast<std::int64_t>(i) + 2), sizes[i],
                               align_corners, scales[i], dims - 1 - i, dtype));
  }
  std::vector<Tensor> corners;
  for (std::size_t corner = 0; corner < (std::size_t{1} << dims); ++corner) {
    Indices indices({std::nullopt, std::nullopt});
    for (std::size_t i = 0; i < dims; ++i) {
      const bool after = (corner >> (dims - 1 - i) & 1) != 0;
      indices.push_back(after ? along[i].after : along[i].before);
    }
    corners.push_back(in_type(at::index(x, indices), dtype));
  }
  for (std::size_t i = dims; i-- > 0;) {
    const Tensor share = at::clamp(at::sub(along[i].place, along[i].before), 0.0, 1.0);
    std::vector<Tensor> blended;
    for (std::size_t k = 0; k < corners.size(); k += 2) {
      const Tensor difference = at::sub(corners[k + 1], corners[k]);
      blended.push_back(at::add(corners[k], at::mul(difference, share)));
    }
    corners = std::move(blended);
  }
  const Tensor result = in_format_of(x, corners[0]);
  return floating ? result : at::round(result);
}

/// What the pixels at distances -1, 0, 1 and 2 count, for places that lie `share` behind a pixel.
std::vector<Tensor> cubic_weights(const Tensor& share) {
  constexpr double a = -0.75;  // Keys's kernel, as LibTorch has it
  const auto near = at::stack({share, at::sub(wrapped_number(1.0), share)});
  const auto far = at::stack({plus(share, 1.0), at::sub(wrapped_number(2.0), share)});
  Tensor outer = minus(times(far, a), 5 * a);
  outer = minus(at::mul(plus(at::mul(outer, far), 8 * a), far), 4 * a);
  Tensor inner = minus(times(near, a + 2), a + 3);
  inner = plus(at::mul(at::mul(inner, near), near), 1);
  const auto outers = at::unbind(outer), inners = at::unbind(inner);
  return {outers[0], inners[0], inners[1], outers[1]};
}

Tensor weighted_sum(const std::vector<Tensor>& values, const std::vector<Tensor>& weights) {
  Tensor sum = at::mul(values[0], weights[0]);
  for (std::size_t i = 1; i < values.size(); ++i) {
    sum = at::add(sum, at::mul(values[i], weights[i]));
  }
  return sum;
}

/// The four pixels around each place, from one before it on.
std::vector<Tensor> around(const Tensor& place) {
  return {minus(place, 1), place, plus(place, 1), plus(place, 2)};
}

/// Blends sixteen pixels around each place, those of a row first.
Tensor bicubic(const Tensor& input, const Sizes& sizes, bool align_corners, const Scales& scales) {
  const c10::ScalarType dtype = input.is_floating_point() ? input.scalar_type() : at::kFloat;
  const c10::SymInt height = input.sym_size(2), width = input.sym_size(3);
  const Scalar down = linear_scale(height, sizes[0], align_corners, scales[0]);
  const Scalar across = linear_scale(width, sizes[1], align_corners, scales[1]);
  const Tensor rows = in_type(range(0, sizes[0]), dtype);
  const Tensor columns = in_type(range(0, sizes[1]), dtype);
  const Tensor column = source_of(columns, across, align_corners);
  const Tensor row = at::unsqueeze(source_of(rows, down, align_corners), -1);
  const Tensor left = at::floor(column);
  const Tensor top = at::floor(row);
  const Tensor share_down = at::clamp(at::sub(row, top), 0.0, 1.0);
  const Tensor share_across = at::clamp(at::sub(column, left), 0.0, 1.0);
  const Tensor leftmost = in_type(left, at::kLong);
  const std::vector<Tensor> ys = around(in_type(top, at::kLong));
  const std::vector<Tensor> xs = around(leftmost);
  const auto weights_across = cubic_weights(share_across);
  const auto weights_down = cubic_weights(share_down);
  std::vector<Tensor> blended_rows;
  for (const Tensor& y : ys) {
    std::vector<Tensor> pixels;
    for (const Tensor& x : xs) {
      const Indices indices(
          {std::nullopt, std::nullopt, at::clamp(y, 0, height - 1), at::clamp(x, 0, width - 1)});
      pixels.push_back(at::index(input, indices));
    }
    blended_rows.push_back(weighted_sum(pixels, weights_across));
  }
  return in_format_of(input, weighted_sum(blended_rows, weights_down));
}

template <bool exact>
Tensor nearest_by_vector(const Tensor& x, const MaybeSizes& given, const MaybeScales& scales) {
  const Sizes sizes = output_sizes(x, given, scales);
  return nearest(x, sizes, scales_of(scales, sizes.size()), exact);
}

Tensor linear_by_vector(const Tensor& x, const MaybeSizes& given, bool align_corners,
                        const MaybeScales& scales) {
  const Sizes sizes = output_sizes(x, given, scales);
  return linear(x, sizes, align_corners, scales_of(scales, sizes.size()));
}

Tensor bicubic_by_vector(const Tensor& x, const MaybeSizes& given, bool align_corners,
                         const MaybeScales& scales) {
  const Sizes sizes = output_sizes(x, given, scales, scaled);
  const Scales each = scales_of(scales, sizes.size());
  if (x.scalar_type() != at::kByte) return bicubic(x, sizes, align_corners, each);
  // Bytes are blended in whole numbers, by the operator itself.
  return at::upsample_bicubic2d_symint(x, sizes, align_corners, each[0], each[1]);
}

template <bool exact>
void add_nearest(DecompositionTable& table, const std::string& name) {
  table.add(name + "1d", opmath_rule([](const Tensor& x, const Sizes& sizes, Scale scale) {
              return nearest(x, sizes, {scale}, exact);
            }));
  table.add(name + "2d",
            opmath_rule([](const Tensor& x, const Sizes& sizes, Scale height, Scale width) {
              return nearest(x, sizes, {height, width}, exact);
            }));
  table.add(name + "3d", opmath_rule([](const Tensor& x, const Sizes& sizes, Scale depth,
                                        Scale height, Scale width) {
              return nearest(x, sizes, {depth, height, width}, exact);
            }));
  for (const char* dims : {"1d", "2d", "3d"}) {
    table.add(name + dims + ".vec", opmath_rule(nearest_by_vector<exact>));
  }
}

}  // namespace

void add_upsampling_rules(DecompositionTable& table) {
  add_nearest<false>(table, "aten::upsample_nearest");
  add_nearest<true>(table, "aten::_upsample_nearest_exact");
  table.add("aten::upsample_linear1d",
            opmath_rule([](const Tensor& x, const Sizes& sizes, bool align_corners, Scale scale) {
              return linear(x, sizes, align_corners, {scale});
            }));
  table.add("aten::upsample_linear1d.vec", opmath_rule(linear_by_vector));
  table.add("aten::upsample_trilinear3d.vec", opmath_rule(linear_by_vector));
  table.add("aten::upsample_bicubic2d.vec", opmath_rule(bicubic_by_vector));
}

}  // namespace roundtrip
