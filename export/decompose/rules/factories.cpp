#include <algorithm>
#include <numeric>

#include "export/decompose/rules/rule.h"
#include "export/decompose/rules/rules.h"

namespace roundtrip {
namespace {

using at::Scalar;
using at::Tensor;
using Dtype = std::optional<c10::ScalarType>;
using Layout = std::optional<c10::Layout>;
using Device = std::optional<c10::Device>;
using Pinned = std::optional<bool>;
using Format = std::optional<c10::MemoryFormat>;

Tensor full(const Sizes& sizes, const Scalar& value, Dtype dtype, Device device) {
  return full_of(sizes, value, dtype.value_or(at::get_default_dtype_as_scalartype()),
                 device.value_or(at::kCPU));
}

Tensor new_full(const Tensor& like, const Sizes& sizes, const Scalar& value, Dtype dtype,
                Device device) {
  return full_of(sizes, value, dtype.value_or(like.scalar_type()), device.value_or(like.device()));
}

/// Python fills boolean tensors with True.
Scalar one_of(c10::ScalarType dtype) {
  return dtype == at::kBool ? Scalar(true) : Scalar(1);
}

bool counts_in_byte(const c10::SymInt& count) {
  const auto known = count.maybe_as_int();
  return known && *known < 256;
}

/// `torch.eye`: ones where row and column number agree.
Tensor eye(const c10::SymInt& rows, const c10::SymInt& columns, Dtype dtype) {
  const auto number = counts_in_byte(rows) && counts_in_byte(columns) ? at::kByte : at::kLong;
  const Tensor row = range(0, rows, number);
  const Tensor column = range(0, columns, number);
  const Tensor same = at::eq(at::unsqueeze(row, -1), column);
  const auto type = dtype.value_or(at::get_default_dtype_as_scalartype());
  return type == at::kBool ? same : at::_to_copy(same, at::TensorOptions(type));
}

/// A triangle by comparing row and column numbers.
Tensor triangle(const Tensor& x, const c10::SymInt& diagonal, bool lower) {
  const Tensor column = at::unsqueeze(range(0, x.sym_size(-1)), -2);
  const Tensor row = at::unsqueeze(range(0, x.sym_size(-2)), -1);
  const Tensor distance = at::sub(column, row);
  const Tensor mask = lower ? at::le(distance, diagonal) : at::ge(distance, diagonal);
  if (x.scalar_type() == at::kBool) return at::logical_and(mask, x);
  const Tensor zero = number_like(0, x);
  return at::where(mask, x, zero);
}

/// Above 0 if memory has `outer` within `inner`, below 0 if it does not, 0 if strides do
/// not tell.
int swapped_in_memory(const Tensor& x, std::int64_t inner, std::int64_t outer) {
  const c10::SymInt inner_stride = x.sym_stride(inner), outer_stride = x.sym_stride(outer);
  if (inner_stride == 0 || outer_stride == 0) return 0;
  if (inner_stride == outer_stride) return x.sym_size(inner) > x.sym_size(outer) ? 1 : 0;
  return inner_stride > outer_stride ? 1 : -1;
}

/// The dimensions of a tensor from the outermost in memory to the innermost; those that
/// memory does not order stay as they are.
std::vector<std::int64_t> memory_order(const Tensor& x) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.dim()));
  std::iota(order.begin(), order.end(), 0);
  if (x.sym_is_contiguous().guard_bool(__FILE__, __LINE__)) return order;
  std::reverse(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i) {
    std::size_t place = i;
    for (std::size_t j = i; j-- > 0;) {
      const int swapped = swapped_in_memory(x, order[j], order[place]);
      if (swapped < 0) break;
      if (swapped == 0) continue;
      std::swap(order[j], order[place]);
      place = j;
    }
  }
  std::reverse(order.begin(), order.end());
  return order;
}

Tensor empty_like(const Tensor& like, c10::ScalarType dtype, c10::Device device, bool pinned,
                  c10::MemoryFormat format) {
  if (format != at::MemoryFormat::Preserve) {
    return at::_ops::empty_memory_format::call(like.sym_sizes(), dtype, at::kStrided, device,
                                               pinned, format);
  }
  return at::_ops::empty_permuted::call(like.sym_sizes(), memory_order(like), dtype, at::kStrided,
                                        device, pinned);
}

void add_filled(DecompositionTable& table) {
  table.add("aten::zeros", rule([](const Sizes& sizes, Dtype dtype, Layout, Device device, Pinned) {
              return full(sizes, 0, dtype, device);
            }));
  table.add("aten::ones", rule([](const Sizes& sizes, Dtype dtype, Layout, Device device, Pinned) {
              return full(sizes, one_of(dtype.value_or(at::kFloat)), dtype, device);
            }));
  table.add("aten::new_zeros",
            rule([](const Tensor& like, const Sizes& sizes, Dtype dtype, Layout, Device device,
                    Pinned) { return new_full(like, sizes, 0, dtype, device); }));
  table.add(
      "aten::new_ones",
      rule([](const Tensor& like, const Sizes& sizes, Dtype dtype, Layout, Device device, Pinned) {
        return new_full(like, sizes, one_of(dtype.value_or(like.scalar_type())), dtype, device);
      }));
  table.add("aten::new_full", rule([](const Tensor& like, const Sizes& sizes, const Scalar& value,
                                      Dtype dtype, Layout, Device device, Pinned) {
              return new_full(like, sizes, value, dtype, device);
            }));
  table.add("aten::zeros_like", rule([](const Tensor& like, Dtype dtype, Layout layout,
                                        Device device, Pinned pinned, Format format) {
              return at::_ops::full_like::call(like, 0, dtype, layout, device,
                                               pinned.value_or(false),
                                               format.value_or(at::MemoryFormat::Preserve));
            }));
  table.add("aten::ones_like", rule([](const Tensor& like, Dtype dtype, Layout layout,
                                       Device device, Pinned pinned, Format format) {
              return at::_ops::full_like::call(like, 1, dtype, layout, device,
                                               pinned.value_or(false),
                                               format.value_or(at::MemoryFormat::Preserve));
            }));
  table.add("aten::zero", rule([](const Tensor& x) {
              return at::_ops::full_like::call(x, 0, std::nullopt, std::nullopt, std::nullopt,
                                               false, at::MemoryFormat::Preserve);
            }));
  table.add("aten::fill.Scalar", rule([](const Tensor& x, const Scalar& value) {
              return at::_ops::full_like::call(x, value, std::nullopt, std::nullopt, std::nullopt,
                                               false, std::nullopt);
            }));
  table.add("aten::new_empty", rule([](const Tensor& like, const Sizes& sizes, Dtype dtype, Layout,
                                       Device device, Pinned pinned) {
              return at::_ops::empty_memory_format::call(
                  sizes, dtype.value_or(like.scalar_type()), at::kStrided,
                  device.value_or(like.device()), pinned.value_or(false), std::nullopt);
            }));
  table.add("aten::empty_like", rule([](const Tensor& like, Dtype dtype, Layout, Device device,
                                        Pinned pinned, Format format) {
              return empty_like(like, dtype.value_or(like.scalar_type()),
                                device.value_or(like.device()), pinned.value_or(false),
                                format.value_or(at::MemoryFormat::Preserve));
            }));
  table.add("aten::fill.Tensor",
            rule([](const Tensor& x, const Tensor& value) { return at::copy(x, value); }));
}

void add_ranges(DecompositionTable& table) {
  table.add("aten::arange",
            rule([](const Scalar& end, Dtype dtype, Layout layout, Device device, Pinned pinned) {
              return at::_ops::arange_start_step::call(
                  0, end, 1, dtype, layout.value_or(at::kStrided),
                  device.value_or(c10::Device(at::kCPU)), pinned.value_or(false));
            }));
  table.add("aten::arange.start", rule([](const Scalar& start, const Scalar& end, Dtype dtype,
                                          Layout layout, Device device, Pinned pinned) {
              return at::_ops::arange_start_step::call(
                  start, end, 1, dtype, layout.value_or(at::kStrided),
                  device.value_or(c10::Device(at::kCPU)), pinned.value_or(false));
            }));
  table.add("aten::eye", rule([](const c10::SymInt& n, Dtype dtype, Layout, Device, Pinned) {
              return eye(n, n, dtype);
            }));
  table.add("aten::eye.m", rule([](const c10::SymInt& n, const c10::SymInt& m, Dtype dtype, Layout,
                                   Device, Pinned) { return eye(n, m, dtype); }));
  table.add("aten::triu", rule([](const Tensor& x, const c10::SymInt& diagonal) {
              return triangle(x, diagonal, false);
            }));
  table.add("aten::tril", rule([](const Tensor& x, const c10::SymInt& diagonal) {
              return triangle(x, diagonal, true);
            }));
  table.add("aten::bernoulli", rule([](const Tensor& p, std::optional<at::Generator>) {
              const Tensor draw = at::rand_symint(
                  p.sym_sizes(),
                  at::TensorOptions(p.scalar_type()).device(p.device()).pinned_memory(false));
              return at::_to_copy(at::lt(draw, p), at::TensorOptions(p.scalar_type()));
            }));
}

}  // namespace

void add_factory_rules(DecompositionTable& table) {
  add_filled(table);
  add_ranges(table);
}

}  // namespace roundtrip
