#pragma once

#include <optional>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The assertion that Python puts before a conversion: of which dtype, device and layout its
/// tensor is. Nothing for other nodes, and where the node before, which may be null, asserts it.
std::optional<NodeFields> metadata_assert(Trace& trace, const Node& node, const Node* before);

}  // namespace roundtrip
