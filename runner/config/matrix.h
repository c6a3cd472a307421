#pragma once

#include <string>
#include <vector>

#include "runner/config/section.h"

namespace roundtrip {

/// One cell of a matrix: for each of its keys the value that stands for the run's own.
struct Cell {
  std::vector<NamedNode> values;

  /// "threads=2, dtype=float64": how the cell is told from the others.
  std::string label() const;
};

/// The cells of a run's `matrix`, by the rules of GitHub Actions: every combination of the
/// axes; without those that an entry of `exclude` describes; each entry of `include` is added
/// to every combination whose own values it does not change, and is a cell of its own where
/// there is none. `keys` are the keys that may be an axis. Notes problems.
std::vector<Cell> expand_matrix(const Source& source, const YAML::Node& matrix,
                                const std::vector<std::string>& keys);

}  // namespace roundtrip
