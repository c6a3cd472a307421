#pragma once

#include <roundtrip/value.h>

#include <string>

#include "export/capture/trace/subgraph.h"

namespace roundtrip {

/// Throws `CaptureError` unless both branches of a `cond` return the same structure,
/// with tensors of the same type, number of dimensions and order of dimensions in
/// memory, and constant integers.
void require_same_branches(const Subgraph& if_true, const Subgraph& if_false);

/// Throws `CaptureError` unless the leaves of both are tensors of the same type, shape
/// and strides, in the same number. The names say what they are: `body_fn_output`.
void require_same_metadata(const std::string& op, const Values& left, const Values& right,
                           const std::string& left_name, const std::string& right_name);

}  // namespace roundtrip
