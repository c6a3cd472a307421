#pragma once

#include <string>
#include <vector>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// Says which tensor from outside that is, and what to do: "forward uses a tensor from outside
/// ... Register it ...", with the place.
std::string outside_text(const Placeholder& constant);

/// A message for each constant of the trace that somebody else still holds when forward has
/// returned, or whose memory is of no allocator of LibTorch's. Others forward made itself.
std::vector<std::string> outside_tensors(const Trace& trace);

}  // namespace roundtrip
