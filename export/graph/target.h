#pragma once

#include <ATen/core/function_schema.h>

#include <string>

namespace roundtrip {

/// `torch.ops.aten.add.Tensor`.
std::string target_of(const c10::FunctionSchema& schema);

/// The name that `torch.ops.aten.add.Tensor`, say, has in the dispatcher:
/// `{"aten::add", "Tensor"}`. Throws `Error` if the target names no operator.
c10::OperatorName operator_name(const std::string& target);

/// What fx makes the names of an operator's nodes of: `__and__` gives `and`.
std::string name_candidate(const c10::FunctionSchema& schema);

}  // namespace roundtrip
