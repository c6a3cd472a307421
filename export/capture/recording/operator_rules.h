#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

namespace roundtrip {

/// Throws `CaptureError` if what the operator returns, or the shape of it, depends
/// on the data in its arguments: a static program cannot hold such a call.
void refuse_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments);

}  // namespace roundtrip
