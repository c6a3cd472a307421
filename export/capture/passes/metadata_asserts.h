#pragma once

#include <optional>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// The assertion that belongs before a node that converts a tensor: of the dtype, device
/// and layout that it was exported for. Nothing for other nodes, and in branches, as
/// Python has it.
std::optional<schema::Node> metadata_assert(Trace& trace, const schema::Node& node);

}  // namespace roundtrip
