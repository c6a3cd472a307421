#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "export/operators/facts.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Makes the symbol of a size that data decides: what it is in this run, and at most.
using NewSize = std::function<c10::SymInt(std::int64_t value, const c10::SymInt& most)>;

/// How many sequences there are in a packed batch of which this is `batch_sizes`; nothing if that
/// is not known.
using BatchOfPacked = std::function<std::optional<c10::SymInt>(const at::Tensor& batch_sizes)>;

/// Layouts of the results (lists flattened) of an operator such as `nonzero`, the
/// number of whose rows is decided by data. `arguments` may have symbolic sizes.
std::vector<SymbolicLayout> data_sized_layouts(DataLayout layout,
                                               const std::vector<c10::IValue>& arguments,
                                               const std::vector<at::Tensor>& results,
                                               const NewSize& new_size,
                                               const BatchOfPacked& batch_of_packed);

}  // namespace roundtrip
