#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <vector>

namespace roundtrip {

/// An input of the graph in the order in which Python gives out final names, and
/// the name it asks for. Constant inputs have a name, too, but no value.
struct WantedName {
  GraphValue* value;
  std::string name;
};

/// Gives inputs and nodes of `graph` and its subgraphs their final names, as
/// Python's last pass does: inputs first, then nodes, renamed where they collide. Returns the
/// inputs' names, one for each that was asked for.
std::vector<std::string> assign_final_names(Graph& graph, const std::vector<WantedName>& inputs);

}  // namespace roundtrip
