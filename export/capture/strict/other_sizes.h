#pragma once

#include <vector>

#include "export/capture/inputs/other_inputs.h"
#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Values for the symbols of the trace's inputs, each another than in its run if that is
/// possible, that meet every guard and bound. A few choices, the most telling first;
/// none if there are none to be found or the trace has no symbols.
std::vector<Bindings> other_sizes(const Trace& trace);

/// What the leaves of the trace's inputs are for these values of its symbols.
std::vector<LeafSizes> sizes_of_inputs(const Trace& trace, const Bindings& values);

}  // namespace roundtrip
