#pragma once

#include <roundtrip/difference.h>

#include <string>
#include <vector>

#include "export/compare/renaming.h"

namespace roundtrip::compare {

/// Adds a detail if what it says differs.
void add_difference(const std::string& what, const std::string& before, const std::string& after,
                    std::vector<Change::Detail>& details);

/// Where the types of two values differ. Pairs the symbols of their sizes.
std::vector<Change::Detail> layout_difference(const Type& before, const Type& after,
                                              Renaming& symbols, bool with_hints);

/// The same of the layouts of two tensors.
std::vector<Change::Detail> layout_difference(const TensorMeta& before, const TensorMeta& after,
                                              Renaming& symbols, bool with_hints);

}  // namespace roundtrip::compare
