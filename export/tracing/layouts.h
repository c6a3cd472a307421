#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {

/// Strides of a dense tensor of symbolic sizes whose dimensions lie in memory in the
/// order of `like`'s; where `like` has gaps, its own strides.
std::vector<c10::SymInt> strides_in_order_of(const at::Tensor& like,
                                             const std::vector<c10::SymInt>& sizes);

}  // namespace roundtrip
