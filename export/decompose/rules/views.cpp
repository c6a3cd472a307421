#include <numeric>

#include "export/decompose/layers/functional_layer.h"
#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using at::Tensor;

/// Lengths of the parts of a dimension that is split into parts of one size.
Sizes parts_of(const c10::SymInt& length, const c10::SymInt& size) {
  Sizes sizes;
  for (c10::SymInt rest = length; rest > 0; rest = rest - size) sizes.push_back(rest.min(size));
  if (sizes.empty()) sizes.emplace_back(0);
  return sizes;
}

/// Indices along one dimension, with all of the others.
Tensor take_along(const Tensor& x, const Tensor& index, std::int64_t dim) {
  c10::List<std::optional<Tensor>> indices;
  for (std::int64_t i = 0; i < x.dim(); ++i) {
    indices.push_back(i == dim ? std::optional(index) : std::nullopt);
  }
  return at::index(x, indices);
}

/// Pads dimension by dimension, from the first one padded; `padding` has the last
/// dimension first.
template <typename Index>
Tensor pad_by_index(const Tensor& x, const Sizes& padding, Index index) {
  const auto count = static_cast<std::int64_t>(padding.size() / 2);
  Tensor result = x;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t dim = x.dim() - count + i;
    const auto place = static_cast<std::size_t>(2 * (count - 1 - i));
    const c10::SymInt size = x.sym_size(dim);
    const Tensor source = range(-padding[place], size + padding[place + 1]);
    result = take_along(result, index(source, size - 1), dim);
  }
  return result;
}

Tensor reflect(const Tensor& x, const Sizes& padding) {
  return pad_by_index(x, padding, [](const Tensor& place, const c10::SymInt& last) {
    const Tensor inner = at::sub(wrapped_number(last), at::abs(place));
    return at::sub(wrapped_number(last), at::abs(inner));
  });
}

Tensor replicate(const Tensor& x, const Sizes& padding) {
  return pad_by_index(x, padding, [](const Tensor& place, const c10::SymInt& last) {
    return at::clamp(place, 0, last);
  });
}

Tensor permute_two(const Tensor& x, std::int64_t first, std::int64_t second) {
  const std::int64_t one = c10::maybe_wrap_dim(first, x.dim());
  const std::int64_t other = c10::maybe_wrap_dim(second, x.dim());
  if (x.dim() <= 1 || one == other) return at::alias(x);
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.dim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(one)], order[static_cast<std::size_t>(other)]);
  return at::permute(x, order);
}

std::vector<Tensor> rows_of(const Tensor& x, std::int64_t dim) {
  const std::int64_t axis = c10::maybe_wrap_dim(dim, x.dim());
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < x.size(axis); ++i) rows.push_back(at::slice(x, axis, i, i + 1));
  for (Tensor& row : rows) row = at::squeeze(row, at::IntArrayRef{axis});
  return rows;
}

/// Joins along a dimension that is there, then splits it. A last one that is new is joined along
/// as it was given, -1 too, as Python writes it.
Tensor join(const std::vector<Tensor>& tensors, std::int64_t dim) {
  const std::int64_t axis = c10::maybe_wrap_dim(dim, tensors.front().dim() + 1);
  if (axis == tensors.front().dim()) {
    std::vector<Tensor> columns;
    for (const Tensor& tensor : tensors) columns.push_back(at::unsqueeze(tensor, axis));
    return at::cat(columns, dim);
  }
  const auto sizes = tensors.front().sym_sizes();
  Sizes result(sizes.begin(), sizes.end());
  result.insert(result.begin() + axis, static_cast<std::int64_t>(tensors.size()));
  return at::cat(tensors, axis).view_symint(result);
}

Tensor replace_row(const Tensor& x, const Tensor& source, std::int64_t dim,
                   const c10::SymInt& index) {
  const std::int64_t axis = c10::maybe_wrap_dim(dim, x.dim());
  const c10::SymInt row = index < 0 ? index + x.sym_size(axis) : index;
  Sizes column(static_cast<std::size_t>(x.dim()), 1);
  column[static_cast<std::size_t>(axis)] = -1;
  const Tensor place = range(0, x.sym_size(axis)).view_symint(column);
  const Tensor mask = at::eq(place, row);
  const Tensor rows = at::unsqueeze(source, axis).expand_symint(x.sym_sizes());
  return at::where(mask, rows, x);
}

/// With the sign of the divisor, as in Python, plain numbers too.
c10::SymInt modulo(const c10::SymInt& a, const c10::SymInt& b) {
  const c10::SymInt rest = a % b;
  const auto plain = rest.maybe_as_int();
  return plain && *plain < 0 ? rest + b : rest;
}

Tensor rotate_along(const Tensor& x, const c10::SymInt& shift, std::int64_t dim) {
  const c10::SymInt size = x.sym_size(dim);
  if (size == 0) return at::clone(x);
  const c10::SymInt start = modulo(size - shift, size);
  const Tensor index = at::fmod(plus(range(0, size), start), size);
  return at::index_select(x, dim, index);
}

Tensor rotate(const Tensor& x, const Sizes& shifts, const std::vector<std::int64_t>& dims) {
  if (dims.empty())
    return rotate_along(at::flatten(x, 0, -1), shifts[0], 0).view_symint(x.sym_sizes());
  Tensor result = x;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    result = rotate_along(result, shifts[i], c10::maybe_wrap_dim(dims[i], x.dim()));
  }
  return result;
}

Tensor channels_to_pixels(const Tensor& x, std::int64_t factor) {
  const std::int64_t batch = x.dim() - 3;
  const auto sizes = x.sym_sizes();
  Sizes split(sizes.begin(), sizes.begin() + batch);
  Sizes joined = split;
  const c10::SymInt channels = sizes[static_cast<std::size_t>(batch)] / (factor * factor);
  const c10::SymInt height = x.sym_size(-2), width = x.sym_size(-1);
  split.insert(split.end(), {channels, factor, factor, height, width});
  joined.insert(joined.end(), {channels, height * factor, width * factor});
  std::vector<std::int64_t> order(static_cast<std::size_t>(batch));
  std::iota(order.begin(), order.end(), 0);
  for (const std::int64_t axis : {0, 3, 1, 4, 2}) order.push_back(batch + axis);
  const Tensor moved = at::permute(x.view_symint(split), order);
  const Tensor dense = at::clone(moved, at::MemoryFormat::Contiguous);
  return at::clone(dense.view_symint(joined), at::MemoryFormat::Contiguous);
}

Tensor pixels_to_channels(const Tensor& x, std::int64_t factor) {
  const std::int64_t batch = x.dim() - 3;
  const auto sizes = x.sym_sizes();
  Sizes split(sizes.begin(), sizes.begin() + batch);
  Sizes joined = split;
  const c10::SymInt channels = x.sym_size(-3);
  const c10::SymInt height = x.sym_size(-2) / factor, width = x.sym_size(-1) / factor;
  split.insert(split.end(), {channels, height, factor, width, factor});
  joined.insert(joined.end(), {channels * (factor * factor), height, width});
  std::vector<std::int64_t> order(static_cast<std::size_t>(batch));
  std::iota(order.begin(), order.end(), 0);
  for (const std::int64_t axis : {0, 2, 4, 1, 3}) order.push_back(batch + axis);
  const Tensor moved = at::permute(x.view_symint(split), order);
  const Tensor dense = at::reshape_symint(moved, joined);
  return at::clone(dense, at::MemoryFormat::Contiguous);
}

/// New memory, as the operator gives it, but where it moves nothing.
Tensor shuffle_channels(const Tensor& x, const c10::SymInt& groups) {
  const auto sizes = x.sym_sizes();
  const c10::SymInt each = sizes[1] / groups;
  Sizes split{sizes[0], groups, each};
  split.insert(split.end(), sizes.begin() + 2, sizes.end());
  std::vector<std::int64_t> order(split.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[1], order[2]);
  const Tensor shuffled = at::reshape_symint(at::permute(x.view_symint(split), order), sizes);
  const bool is_view = shuffled.has_storage() && shuffled.is_alias_of(x);
  return is_view && groups.maybe_as_int() != 1 ? at::clone(shuffled) : shuffled;
}

/// Sparse in blocks along the diagonal: rows of blocks, zeros left and right of each.
Tensor block_diagonal(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> blocks;
  for (const Tensor& tensor : tensors) {
    blocks.push_back(tensor.dim() < 2 ? tensor.view({1, -1}) : tensor);
  }
  c10::SymInt width = 0;
  for (const Tensor& block : blocks) width = width + block.sym_size(1);
  std::vector<Tensor> rows;
  c10::SymInt before = 0;
  for (const Tensor& block : blocks) {
    const c10::SymInt height = block.sym_size(0), own = block.sym_size(1);
    const Tensor left = full_of({height, before}, 0, block.scalar_type(), block.device());
    const Tensor right =
        full_of({height, width - before - own}, 0, block.scalar_type(), block.device());
    rows.push_back(at::cat({left, block, right}, 1));
    before = before + own;
  }
  return at::cat(rows, 0);
}

/// A conjugate, or negative, that is only marked as one is worked out.
template <bool (*is_marked)(const Tensor&)>
Tensor resolved(const Tensor& x) {
  const Tensor traced = is_functional(x) ? current_value(x) : x;
  return is_marked(concrete_of(traced)) ? at::clone(x) : x;
}

bool is_conjugate(const Tensor& x) {
  return x.is_conj();
}

bool is_negative(const Tensor& x) {
  return x.is_neg();
}

void add_paddings(DecompositionTable& table) {
  for (const char* op :
       {"aten::reflection_pad1d", "aten::reflection_pad2d", "aten::reflection_pad3d"}) {
    table.add(op, rule([](const Tensor& x, const Sizes& padding) { return reflect(x, padding); }));
  }
  for (const char* op :
       {"aten::replication_pad1d", "aten::replication_pad2d", "aten::replication_pad3d"}) {
    table.add(op,
              rule([](const Tensor& x, const Sizes& padding) { return replicate(x, padding); }));
  }
}

}  // namespace

void add_view_rules(DecompositionTable& table) {
  add_paddings(table);
  table.add("aten::t", rule([](const Tensor& x) {
              return x.dim() < 2 ? at::alias(x) : at::permute(x, {1, 0});
            }));
  table.add("aten::transpose.int",
            rule([](const Tensor& x, std::int64_t first, std::int64_t second) {
              return permute_two(x, first, second);
            }));
  table.add("aten::detach", rule([](const Tensor& x) { return at::alias(x); }));
  table.add("aten::squeeze.dim", rule([](const Tensor& x, std::int64_t dim) {
              return at::squeeze(x, at::IntArrayRef{dim});
            }));
  table.add("aten::squeeze", rule([](const Tensor& x) {
              std::vector<std::int64_t> dims(static_cast<std::size_t>(x.dim()));
              std::iota(dims.begin(), dims.end(), 0);
              return at::squeeze(x, dims);
            }));
  table.add("aten::unbind.int",
            rule([](const Tensor& x, std::int64_t dim) { return rows_of(x, dim); }));
  for (const char* split : {"aten::split.Tensor", "aten::unsafe_split.Tensor"}) {
    table.add(split, rule([](const Tensor& x, const c10::SymInt& size, std::int64_t dim) {
                return at::split_with_sizes_symint(x, parts_of(x.sym_size(dim), size), dim);
              }));
  }
  table.add("aten::_unsafe_view",
            rule([](const Tensor& x, const Sizes& sizes) { return x.view_symint(sizes); }));
  table.add("aten::_reshape_alias", rule([](const Tensor& x, const Sizes& sizes, const Sizes&) {
              return x.view_symint(sizes);
            }));
  table.add("aten::stack", rule([](const std::vector<Tensor>& tensors, std::int64_t dim) {
              return join(tensors, dim);
            }));
  table.add("aten::select_scatter",
            rule([](const Tensor& x, const Tensor& source, std::int64_t dim,
                    const c10::SymInt& index) { return replace_row(x, source, dim, index); }));
  table.add("aten::roll",
            rule([](const Tensor& x, const Sizes& shifts, const std::vector<std::int64_t>& dims) {
              return rotate(x, shifts, dims);
            }));
  table.add("aten::pixel_shuffle", rule([](const Tensor& x, std::int64_t factor) {
              return channels_to_pixels(x, factor);
            }));
  table.add("aten::pixel_unshuffle", rule(pixels_to_channels));
  table.add("aten::channel_shuffle", rule(shuffle_channels));
  table.add("aten::take", rule([](const Tensor& x, const Tensor& index) {
              const c10::List<std::optional<Tensor>> indices({index});
              return at::index(x.view({-1}), indices);
            }));
  table.add("aten::index_copy",
            rule([](const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& source) {
              c10::List<std::optional<Tensor>> indices;
              for (std::int64_t i = 0; i < c10::maybe_wrap_dim(dim, x.dim()); ++i) {
                indices.push_back(std::nullopt);
              }
              indices.push_back(index);
              if (x.dim() > 0) return at::index_put(x, indices, source);
              return at::squeeze(at::index_put(at::unsqueeze(x, 0), indices, source), 0);
            }));
  table.add("aten::block_diag", rule(block_diagonal));
  table.add("aten::resolve_conj", rule(resolved<is_conjugate>));
  table.add("aten::resolve_neg", rule(resolved<is_negative>));
  table.add("aten::lift_fresh_copy", rule([](const Tensor& x) { return at::clone(x); }));
}

}  // namespace roundtrip
