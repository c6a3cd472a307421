#pragma once

#include <roundtrip/export.h>

#include "export/capture/trace.h"

namespace roundtrip {

/// Runs forward once on copies of the inputs and returns what it called, with the
/// symbols of dynamic sizes and of data. The model's state is as before when it
/// returns or throws.
Trace trace_forward(const ExportCall& call);

}  // namespace roundtrip
