#pragma once

#include <roundtrip/export.h>

#include <optional>
#include <vector>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Values for the symbols of the trace's inputs, each another than in its run if that is
/// possible, that meet every guard and bound. A few choices, the most telling first;
/// none if there are none to be found or the trace has no symbols.
std::vector<Bindings> other_sizes(const Trace& trace);

/// The call with example inputs of these sizes (of the same if there are none), made by
/// repeating or leaving out rows. With `other_data`, floating point values are others
/// within the range the input had, and integers are the same ones in another order, so
/// that what indexes something still does.
ExportCall with_other_inputs(const ExportCall& call, const Trace& trace,
                             const std::optional<Bindings>& sizes, bool other_data);

}  // namespace roundtrip
