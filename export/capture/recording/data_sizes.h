#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Makes the symbol of a size that data decides: what it is in this run, and at most.
using NewSize = std::function<c10::SymInt(std::int64_t value, const c10::SymInt& most)>;

/// True for an operator that `data_sized_layouts` knows, called with these arguments.
bool has_data_sizes(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments);

/// Layouts of the results (lists flattened) of an operator such as `nonzero`, the
/// number of whose rows is decided by data. `arguments` may have symbolic sizes.
std::vector<SymbolicLayout> data_sized_layouts(const c10::OperatorHandle& op,
                                               const std::vector<c10::IValue>& arguments,
                                               const std::vector<at::Tensor>& results,
                                               const NewSize& new_size);

}  // namespace roundtrip
