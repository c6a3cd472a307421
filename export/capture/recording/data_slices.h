#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <vector>

#include "export/capture/recording/data_sizes.h"

namespace roundtrip {

/// Whether `aten::slice` is called with a bound of which only data says where in the dimension
/// it lies: both negative numbers and numbers beyond the size are possible.
bool is_slice_by_data(c10::ArrayRef<c10::IValue> arguments);

/// The layout of its result, with new symbols for the length and where it begins.
SymbolicLayout layout_of_slice_by_data(const std::vector<c10::IValue>& arguments,
                                       const at::Tensor& result, const NewSize& new_size);

}  // namespace roundtrip
