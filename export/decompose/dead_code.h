#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Removes nodes whose results nothing uses and which do nothing else: no assertion, no
/// random numbers drawn. Before the trace is finished, what unbacked symbols are found in and
/// calls of graphs stay. Arithmetic on numbers stays: that is dead only before assertions are
/// inserted, when `finish_trace` removes it.
void remove_dead_code(Trace& trace);

}  // namespace roundtrip
