#pragma once

#include "export/graph/schema.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// An input of the graph in the order in which Python gives out final names, and
/// the name it asks for. Constant inputs have a name, too, but no value.
struct WantedName {
  std::string value;
  std::string name;
};

struct FinalNames {
  std::vector<std::string> inputs;  ///< one for each that was asked for
  /// Of the graph's values, by the name they had before.
  std::unordered_map<std::string, std::string> values;
};

/// Gives inputs and nodes of `graph` and its subgraphs their final names, as
/// Python's last pass does: inputs first, then nodes, renamed where they collide.
FinalNames assign_final_names(schema::Graph& graph, const std::vector<WantedName>& inputs);

}  // namespace roundtrip
