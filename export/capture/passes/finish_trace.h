#pragma once

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// What is left to do once forward has run and all is known of its symbols, to this graph
/// and to those of control flow in it: drops numbers that nothing uses, inserts the
/// assertions that the program makes when it runs, and writes symbols as they are known
/// by now.
void finish_trace(Trace& trace);

}  // namespace roundtrip
