#pragma once

#include <roundtrip/exported_program.h>

#include <string>

namespace roundtrip {

/// A graph in a compact form that tests compare: inputs, a line for each node,
/// outputs. Keyword arguments are marked `*`.
std::string graph_text(const Program& program);
std::string graph_text(const Graph& graph);

}  // namespace roundtrip
