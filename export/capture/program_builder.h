#pragma once

#include <roundtrip/export.h>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Makes a program of the trace: final names, signature, weights and constants
/// (shared with the model), call signature, example inputs.
Program build_program(const ExportCall& call, Trace trace);

}  // namespace roundtrip
