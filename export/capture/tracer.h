#pragma once

#include <roundtrip/export.h>

#include "export/capture/trace.h"

namespace roundtrip {

/// Runs forward once on copies of the inputs and returns what it called. The
/// model's state is as before when it returns or throws.
Trace trace_forward(const Module& module, const Values& args, const Kwargs& kwargs);

}  // namespace roundtrip
