#pragma once

#include <roundtrip/graph.h>

#include <string>

namespace roundtrip {

/// In Python's graph of a program that was decomposed, a result that nothing uses is no node.
/// Python names it only when it writes a file, and has a node for it once it has read one. Here
/// a result always has a name, and a note in the node's metadata tells the two apart. The note
/// is for programs in memory: files do not have it.
inline constexpr const char* kUnusedResultsAreNoNodes = "unused_results_are_no_nodes";

/// The name of a node's result that nothing uses, as a file has it.
std::string unused_result_name(const Node& node, std::size_t index);

/// Names those of a node's several results that nothing uses as a file has them, in subgraphs
/// too, and notes that they are no nodes.
void name_unused_results(Graph& graph);

/// True for a node's result that is no node in Python's graph.
bool is_no_node(const Node& node, const GraphValue& result);

/// True for a node of whose results those are no nodes that nothing uses.
bool has_no_unused_nodes(const Node& node);

}  // namespace roundtrip
