#pragma once

#include <roundtrip/graph.h>

#include <vector>

namespace roundtrip {

/// Whether two nodes, of one graph or of two, have the same target, inputs and outputs. Values are
/// the same by their names, numbers by their bits, subgraphs by their nodes and their inputs and
/// outputs. What is known of the values, and metadata, does not count.
bool same_node(const Node& left, const Node& right);

/// The same for arguments.
bool same_arguments(const std::vector<Argument>& left, const std::vector<Argument>& right);

}  // namespace roundtrip
