#pragma once

#include <roundtrip/graph.h>

namespace roundtrip {

/// Removes nodes whose results nothing uses and which do nothing else, as Python's unflatten
/// does, and notes of the others that their unused results are no nodes.
void drop_dead_nodes(Graph& graph);

}  // namespace roundtrip
