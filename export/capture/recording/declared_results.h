#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <vector>

#include "export/capture/recording/recorder.h"

namespace roundtrip {

/// What an operator that is not LibTorch's says of its results.
struct DeclaredResults {
  std::vector<SymbolicLayout> layouts;  ///< one for each tensor, lists flattened
  torch::jit::Stack values;             ///< as its kernel of shapes gave them
};

/// Asks the operator's Meta or composite kernel of which sizes its results are, and what it
/// returns beside tensors; `results` are what it gave in this run, which has to agree. An
/// operator whose only results are tensors that it writes to need not say anything: they
/// keep their sizes. Throws `CaptureError` if there is no such kernel, if it fails, or if
/// what it says is not so.
DeclaredResults declare_results(Recorder& recorder, const c10::OperatorHandle& op,
                                const std::vector<c10::IValue>& arguments,
                                const torch::jit::Stack& results);

}  // namespace roundtrip
