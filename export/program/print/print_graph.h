#pragma once

#include <roundtrip/graph.h>

#include <string>

#include "export/program/symbol_text.h"

namespace roundtrip {

/// The code of a graph and of its subgraphs, one class each, as Python's
/// `GraphModule.print_readable` prints it. `signature` is null for a subgraph.
std::string print_graph(const Graph& graph, const GraphSignature* signature,
                        const std::string& class_name, SymbolText& symbols);

}  // namespace roundtrip
