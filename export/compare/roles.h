#pragma once

#include "export/compare/graph_difference.h"

namespace roundtrip::compare {

/// The program's graph: inputs and outputs are what its signature says of them.
GraphSide program_side(const GraphModule& module);

}  // namespace roundtrip::compare
