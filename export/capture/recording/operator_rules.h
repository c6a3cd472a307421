#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

namespace roundtrip {

/// True for operators that answer a question about a tensor's type or shape
/// (`aten::is_floating_point`); they are answered and not recorded.
bool is_metadata_query(const c10::FunctionSchema& schema);

/// Throws `CaptureError` if what the operator returns, or the shape of it, depends
/// on the data in its arguments: a static program cannot hold such a call.
void refuse_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments);

}  // namespace roundtrip
