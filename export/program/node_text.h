#pragma once

#include <roundtrip/graph.h>

#include <string>

namespace roundtrip {

/// A node on one line, for messages: `add = aten.add.Tensor(self=x, other=1)`.
/// Keyword arguments are marked `*`; a subgraph follows in braces.
std::string node_text(const Node& node);

/// "\n  at model.cpp:12, in Net::forward": where the node's stack trace says it comes from.
/// Empty without one.
std::string node_place(const Node& node);

/// A whole graph: inputs, nodes and outputs, a line each.
std::string graph_text(const Graph& graph);

/// Arguments, separated by commas.
std::string arguments_text(const std::vector<Argument>& arguments);

}  // namespace roundtrip
