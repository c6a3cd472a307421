#pragma once

#include <ATen/core/function_schema.h>

#include <string>

namespace roundtrip {

/// `torch.ops.aten.add.Tensor`.
std::string target_of(const c10::FunctionSchema& schema);

/// What fx makes the names of an operator's nodes of: `__and__` gives `and`.
std::string name_candidate(const c10::FunctionSchema& schema);

}  // namespace roundtrip
