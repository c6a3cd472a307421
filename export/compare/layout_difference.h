#pragma once

#include <roundtrip/difference.h>

#include <string>
#include <vector>

#include "export/compare/renaming.h"

namespace roundtrip::compare {

/// A value, and the graph whose tables say what it is.
struct GraphValue {
  const Graph& graph;
  const std::string& name;
};

/// Adds a detail if what it says differs.
void add_difference(const std::string& what, const std::string& before, const std::string& after,
                    std::vector<Change::Detail>& details);

/// What the graphs' tables say otherwise of two values. Pairs the symbols of their sizes.
std::vector<Change::Detail> layout_difference(const GraphValue& before, const GraphValue& after,
                                              Renaming& symbols, bool with_hints);

/// The same of the layouts of two tensors.
std::vector<Change::Detail> layout_difference(const TensorMeta& before, const TensorMeta& after,
                                              Renaming& symbols, bool with_hints);

}  // namespace roundtrip::compare
