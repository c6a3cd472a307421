#include "export/capture/recording/data_slices.h"

#include <c10/core/WrapDimMinimal.h>

#include <limits>
#include <optional>

#include "export/shapes/rules/arithmetic.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// `aten::slice.Tensor(Tensor self, int dim, SymInt? start, SymInt? end, SymInt step)`.
enum SliceArgument { kSliced, kSliceDim, kSliceStart, kSliceEnd, kSliceStep };

bool lies_where_data_says(const IValue& bound, const c10::SymInt& size) {
  if (!bound.isSymInt() || !shapes::has_unbacked({bound.toSymInt()})) return false;
  return !shapes::slice_bound(size, bound.toSymInt());
}

}  // namespace

bool is_slice_by_data(c10::ArrayRef<IValue> arguments) {
  const at::Tensor& self = arguments[kSliced].toTensor();
  const c10::SymInt size = self.sym_size(arguments[kSliceDim].toInt());
  return lies_where_data_says(arguments[kSliceStart], size) ||
         lies_where_data_says(arguments[kSliceEnd], size);
}

SymbolicLayout layout_of_slice_by_data(const std::vector<IValue>& arguments,
                                       const at::Tensor& result, const NewSize& new_size) {
  const at::Tensor& self = arguments[kSliced].toTensor();
  const std::int64_t dim = c10::maybe_wrap_dim(arguments[kSliceDim].toInt(), self.dim());
  const auto place = static_cast<std::size_t>(dim);
  SymbolicLayout layout{self.sym_sizes().vec(), self.sym_strides().vec(), 0};
  layout.sizes[place] = new_size(result.size(dim), self.sym_size(dim));
  layout.strides[place] = layout.strides[place] * arguments[kSliceStep].toSymInt();
  layout.storage_offset =
      new_size(result.storage_offset(), std::numeric_limits<std::int64_t>::max());
  return layout;
}

}  // namespace roundtrip
