#pragma once

#include "export/compare/alignment.h"
#include "export/compare/graph_difference.h"

namespace roundtrip::compare {

/// Keys of the graph's nodes, from the strictest: what a node calculates of the graph's inputs;
/// its operator, other arguments and layouts of results; its operator.
Keys node_keys(const GraphSide& side);

}  // namespace roundtrip::compare
