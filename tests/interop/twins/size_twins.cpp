#include <ATen/ATen.h>
#include <roundtrip/symbolic.h>

#include "tests/interop/twins/twin.h"

namespace roundtrip {
namespace {

using at::Tensor;
using c10::SymInt;

Input matrix() {
  return normal({batch(3), dynamic(4)});
}

template <typename F>
Twin sized(std::string name, F function, std::vector<Input> args) {
  std::vector<std::string> names = {"x", "y"};
  names.resize(args.size());
  return {std::move(name), [=] { return Module(function).arg_names(names); }, std::move(args)};
}

Tensor flattened(const Tensor& x) {
  return x.view_symint({x.sym_size(0) * x.sym_size(1)});
}

Tensor split_heads(const Tensor& x) {
  const SymInt batch = x.sym_size(0);
  const SymInt length = x.sym_size(1);
  return x.view_symint({batch, length, 2, 4})
      .transpose(1, 2)
      .reshape_symint({batch * 2, length, 4});
}

Tensor first_half(const Tensor& x) {
  return x.narrow_symint(0, 0, x.sym_size(0) / 2);
}

Tensor with_positions(const Tensor& x) {
  return x + at::arange(at::Scalar(x.sym_size(1)), x.options());
}

Tensor padded_to_square(const Tensor& x) {
  return at::cat({x, at::zeros_symint({x.sym_size(1), x.sym_size(1)})}, 0);
}

Tensor expanded(const Tensor& x, const Tensor& y) {
  return x.unsqueeze(1).expand_symint({x.sym_size(0), y.sym_size(0), x.sym_size(1)}) * 2;
}

Tensor outer(const Tensor& x, const Tensor& y) {
  return at::matmul(x, y.t());
}

Tensor normalized_by_size(const Tensor& x) {
  return x / at::Scalar(x.sym_size(0));
}

std::tuple<Tensor, SymInt> with_size(const Tensor& x) {
  return {x + 1, x.sym_numel()};
}

std::tuple<Tensor, SymInt> with_scaled_size(const Tensor& x) {
  return {x + x, sym_int(sym_float(x.sym_size(0)) * c10::SymFloat(1.5))};
}

Tensor last_rows(const Tensor& x) {
  return x.slice_symint(0, x.sym_size(0) - 2);
}

/// Twice as many in `y`: a size that follows from another.
Tensor interleaved(const Tensor& x, const Tensor& y) {
  return at::cat({x, x}, 0) + y;
}

Tensor positive_values(const Tensor& x) {
  return x.masked_select(x > 0) * 2;
}
Tensor positive_places(const Tensor& x) {
  return (x > 0).nonzero().add(1);
}
Tensor distinct(const Tensor& x) {
  return std::get<0>(at::_unique2(x)) * 2;
}

Tensor repeated(const Tensor& x, const Tensor& y) {
  return at::repeat_interleave(x, y, 0);
}

}  // namespace

Twins size_twins() {
  const Input twice{{Axis(Dim::DYNAMIC, 6, 2), 4},
                    [](at::IntArrayRef sizes) { return at::randn(sizes); }};
  return {
      sized("size_flattened", &flattened, {matrix()}),
      sized("size_split_heads", &split_heads, {normal({batch(3), dynamic(5), 8})}),
      sized("size_first_half", &first_half, {normal({dynamic(8, 2), 3})}),
      sized("size_positions", &with_positions, {matrix()}),
      sized("size_padded", &padded_to_square, {matrix()}),
      sized("size_expanded", &expanded, {matrix(), normal({dynamic(5)})}),
      sized("size_outer", &outer, {normal({batch(3), 4}), normal({dynamic(5), 4})}),
      sized("size_as_number", &normalized_by_size, {matrix()}),
      sized("size_returned", &with_size, {matrix()}),
      sized("size_scaled", &with_scaled_size, {matrix()}),
      sized("size_last_rows", &last_rows, {normal({dynamic(6), 3})}),
      sized("size_derived", &interleaved, {normal({dynamic(3), 4}), twice}),
      sized("data_masked_select", &positive_values, {matrix()}),
      sized("data_nonzero", &positive_places, {matrix()}),
      sized("data_unique", &distinct, {integers(5, {dynamic(9)})}),
      sized("data_repeat_interleave", &repeated, {normal({batch(3), 2}), integers(4, {batch(3)})}),
  };
}

}  // namespace roundtrip
