#pragma once

#include "export/capture/trace.h"

namespace roundtrip {

/// Removes nodes whose results nothing uses and which do nothing else: no assertion, no
/// random numbers drawn.
void remove_dead_code(Trace& trace);

/// Names those of a node's several results that nothing uses `<node>_unused_<index>`, as
/// a file has them.
void name_unused_results(Graph& graph);

}  // namespace roundtrip
