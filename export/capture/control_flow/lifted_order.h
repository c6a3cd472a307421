#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/value.h>

#include <string>
#include <vector>

#include "export/capture/recording/recorder.h"
#include "export/capture/trace/subgraph.h"

namespace roundtrip {

/// The lifted values of two branches in the order Python gives them: those of both,
/// those of the first alone, those of the second alone. Python sorts each part by
/// names that it makes from where a tensor was found: parameters and buffers by
/// module path, then other captured values (here in the order of the graph, for
/// C++ variables have no names), then explicit operands (the leaves of `operands`).
/// An explicit operand that neither branch uses is left out.
std::vector<LiftedInput> merge_lifted(Recorder& outer, const Subgraph& first,
                                      const Subgraph& second, const Values& operands = {});

/// The tensors among them.
std::vector<at::Tensor> tensors_of(const std::vector<LiftedInput>& lifted);

/// Throws `CaptureError` if two tensors that are not the same share memory.
void require_separate_memory(const std::string& op, const std::vector<at::Tensor>& tensors);

}  // namespace roundtrip
