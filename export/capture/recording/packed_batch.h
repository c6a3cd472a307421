#pragma once

#include <c10/core/SymInt.h>

#include <optional>

#include "export/capture/recording/graph_builder.h"

namespace roundtrip {

/// Of the second result of `_pack_padded_sequence`, which says of each step how many sequences it
/// is part of: how many sequences there are. Nothing of other values.
std::optional<c10::SymInt> batch_of_packed(GraphBuilder& graph, const GraphValue& batch_sizes);

/// The same of that tensor's first element, which is what it says of the first step: no sequence
/// is empty.
std::optional<c10::SymInt> batch_in_first_step(GraphBuilder& graph, const GraphValue& element);

}  // namespace roundtrip
