#pragma once

#include <roundtrip/module.h>

#include <string>
#include <vector>

#include "export/capture/recording/model_recorder.h"

namespace roundtrip {

/// What forward assigned and a program cannot repeat, a message each: parameters, buffers
/// and submodules that the model's registry, which was `before`, has other than before, and
/// tensors that forward made and that are kept in a field, say. `fields` are the names of
/// members that it assigned. `model` is what recorded forward; the trace it gave still lives.
std::vector<std::string> state_changes(const ModuleState& before, const ModuleState& after,
                                       const std::vector<std::string>& fields,
                                       ModelRecorder& model);

}  // namespace roundtrip
