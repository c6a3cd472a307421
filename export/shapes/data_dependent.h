#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

namespace roundtrip {

/// True for an operator whose sizes this library knows by rules of its own.
bool is_of_libtorch(const c10::FunctionSchema& schema);

/// True if what an operator of LibTorch's returns, or the shape of it, is taken from the
/// data in its arguments.
bool is_data_dependent(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> arguments);

}  // namespace roundtrip
