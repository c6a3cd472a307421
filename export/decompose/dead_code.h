#pragma once

#include "export/capture/trace.h"

namespace roundtrip {

/// Removes nodes whose results nothing uses and which do nothing else: no assertion, no
/// random numbers drawn.
void remove_dead_code(Trace& trace);

}  // namespace roundtrip
