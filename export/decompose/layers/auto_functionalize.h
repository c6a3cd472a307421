#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace roundtrip {

class Recorder;

/// Records the call of an operator that writes to functional tensors, and that has no
/// counterpart, as `auto_functionalized_v2`, and makes what was written to stand for its
/// new value. `AutoFunctionalized::can_call(op)` must hold. Throws `UnsupportedError` if the
/// operator is given another tensor of the same memory as one that it writes to.
void call_auto_functionalized(Recorder& recorder, const c10::OperatorHandle& op,
                              torch::jit::Stack& stack);

}  // namespace roundtrip
