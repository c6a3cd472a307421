#pragma once

#include "export/capture/recording/recorder.h"
#include "export/dispatch/auto_functionalized.h"

namespace roundtrip {

/// Records the call as a node, and gives results as the recorder knows them.
torch::jit::Stack record_auto_functionalized(Recorder& recorder, const AutoFunctionalized& call,
                                             const std::vector<c10::IValue>& keywords);

}  // namespace roundtrip
