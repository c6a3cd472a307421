#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

/// Sliding blocks of images, and the inverse of max pooling.

namespace roundtrip {
namespace {

using at::Tensor;
using Ints = std::vector<std::int64_t>;
using Indices = c10::List<std::optional<Tensor>>;

Tensor integers(const c10::SymInt& end, std::int64_t step) {
  return at::_ops::arange_start_step::call(0, end, step, at::kLong, std::nullopt,
                                           c10::Device(at::kCPU), false);
}

/// How a kernel slides along one dimension.
struct Slide {
  std::int64_t kernel;
  std::int64_t dilation;
  std::int64_t padding;
  std::int64_t stride;
};

Slide slide_of(const Ints& kernel, const Ints& dilation, const Ints& padding, const Ints& stride,
               std::size_t dim) {
  return {kernel[dim], dilation[dim], padding[dim], stride[dim]};
}

/// Where the kernel reads: a row for each of its places, a column for each block.
Tensor block_indices(const c10::SymInt& size, const Slide& slide) {
  const c10::SymInt end = size + slide.padding * 2 - slide.dilation * (slide.kernel - 1);
  const Tensor starts = at::unsqueeze(integers(end, slide.stride), 0);
  const Tensor places = at::unsqueeze(integers(slide.kernel * slide.dilation, slide.dilation), -1);
  return at::add(starts, places);
}

c10::SymInt block_count(const c10::SymInt& size, const Slide& slide) {
  return (size + 2 * slide.padding - slide.dilation * (slide.kernel - 1) - 1) / slide.stride + 1;
}

Tensor with_two_more_dims(const Tensor& x) {
  return at::unsqueeze(at::unsqueeze(x, -1), -1);
}

Tensor blocks_of_image(const Tensor& image, const Ints& kernel, const Ints& dilation,
                       const Ints& padding, const Ints& stride) {
  const bool batched = image.dim() == 4;
  const Tensor x = batched ? image : at::unsqueeze(image, 0);
  const Slide down = slide_of(kernel, dilation, padding, stride, 0);
  const Slide across = slide_of(kernel, dilation, padding, stride, 1);
  const Tensor rows = block_indices(x.sym_size(2), down);
  const Tensor columns = block_indices(x.sym_size(3), across);
  const Tensor padded = at::pad(x, {padding[1], padding[1], padding[0], padding[0]});
  const Tensor blocks =
      at::index(padded, Indices({std::nullopt, std::nullopt, with_two_more_dims(rows), columns}));
  const Tensor ordered = at::permute(blocks, {0, 1, 2, 4, 3, 5});
  const Tensor result =
      at::reshape_symint(ordered, Sizes{x.sym_size(0), x.sym_size(1) * kernel[0] * kernel[1],
                                        rows.sym_size(1) * columns.sym_size(1)});
  return batched ? result : at::squeeze(result, 0);
}

/// The sum of all blocks, each at its place.
Tensor image_of_blocks(const Tensor& blocks, const Sizes& size, const Ints& kernel,
                       const Ints& dilation, const Ints& padding, const Ints& stride) {
  const bool batched = blocks.dim() == 3;
  const Tensor x = batched ? blocks : at::unsqueeze(blocks, 0);
  const Slide down = slide_of(kernel, dilation, padding, stride, 0);
  const Slide across = slide_of(kernel, dilation, padding, stride, 1);
  const c10::SymInt channels = x.sym_size(1) / (kernel[0] * kernel[1]);
  const Tensor split =
      at::reshape_symint(x, Sizes{x.sym_size(0), channels, kernel[0], kernel[1],
                                  block_count(size[0], down), block_count(size[1], across)});
  const Tensor ordered = at::permute(split, {0, 1, 2, 4, 3, 5});
  const Tensor rows = with_two_more_dims(block_indices(size[0], down));
  const Tensor columns = block_indices(size[1], across);
  const Tensor zeros = x.new_zeros_symint(
      Sizes{x.sym_size(0), channels, size[0] + 2 * padding[0], size[1] + 2 * padding[1]});
  const Tensor sum = at::index_put(zeros, Indices({std::nullopt, std::nullopt, rows, columns}),
                                   ordered, /*accumulate=*/true);
  const Tensor image = at::pad(sum, {-padding[1], -padding[1], -padding[0], -padding[0]});
  return batched ? image : at::squeeze(image, 0);
}

c10::SymInt product(const Sizes& sizes) {
  c10::SymInt result = 1;
  for (const c10::SymInt& size : sizes) result = result * size;
  return result;
}

/// Puts each maximum back where it was found.
Tensor unpool(const Tensor& x, const Tensor& indices, const Sizes& size) {
  const auto sizes = x.sym_sizes();
  const std::size_t outer = sizes.size() - size.size();
  const Sizes planes(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(outer));
  Sizes result = planes, by_plane = planes;
  result.insert(result.end(), size.begin(), size.end());
  by_plane.resize(sizes.size(), 1);
  const Tensor numbers = range(0, product(planes)).view_symint(by_plane);
  const Tensor flat = at::reshape(at::add(indices, times(numbers, product(size))), {-1});
  const Tensor zeros = at::reshape(x.new_zeros_symint(result), {-1});
  return at::index_put(zeros, Indices({flat}), at::reshape(x, {-1})).view_symint(result);
}

}  // namespace

void add_resampling_rules(DecompositionTable& table) {
  table.add("aten::im2col", rule(blocks_of_image));
  table.add("aten::col2im", rule(image_of_blocks));
  table.add("aten::max_unpool2d", rule(unpool));
  table.add("aten::max_unpool3d",
            rule([](const Tensor& x, const Tensor& indices, const Sizes& size, const Ints&,
                    const Ints&) { return unpool(x, indices, size); }));
}

}  // namespace roundtrip
