#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <c10/core/SymInt.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace roundtrip {

/// Sizes, strides and offset of one tensor, in elements, which may be symbolic.
struct SymbolicLayout {
  std::vector<c10::SymInt> sizes;
  std::vector<c10::SymInt> strides;
  c10::SymInt storage_offset = 0;
};

/// By which way a layout was found.
enum class ShapeSource {
  rule,            ///< a rule of this room
  composite,       ///< the operator's own C++ kernel, run over rules for what it calls
  shape_function,  ///< LibTorch's shape function of the operator, evaluated over symbols
};

/// What a size is in this run. Adds no guard.
using ValueInThisRun = std::int64_t (*)(const c10::SymInt& size);

struct InferredShapes {
  std::vector<SymbolicLayout> results;  ///< one for each tensor result, lists flattened
  ShapeSource source = ShapeSource::rule;
};

/// Layouts of an operator's results when its arguments' sizes are symbolic. `arguments`
/// are one for each of the schema's: tensors whose `sym_sizes()`, `sym_strides()` and
/// `sym_storage_offset()` tell the layout (their data is never read), SymInts and plain
/// values. `results` are what the operator gave for this run's sizes, lists flattened: a
/// layout agrees with them. Comparisons of SymInts on the way are guards, in the order in
/// which Python's meta functions raise them. Throws what a comparison throws. Nothing if
/// no way leads to an answer.
std::optional<InferredShapes> infer_shapes(const c10::OperatorHandle& op,
                                           const std::vector<c10::IValue>& arguments,
                                           const std::vector<at::Tensor>& results,
                                           ValueInThisRun value);

}  // namespace roundtrip
