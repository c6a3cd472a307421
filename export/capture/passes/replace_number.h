#pragma once

#include <roundtrip/graph.h>

namespace roundtrip {

/// Puts another value or a literal in place of a number, wherever the graph uses it. Throws
/// `UnsupportedError` for an operand of control flow that would become a literal.
void replace_number(Graph& graph, GraphValue& number, const Argument& replacement);

}  // namespace roundtrip
