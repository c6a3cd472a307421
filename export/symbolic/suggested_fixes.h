#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/symbolic/dim_solver.h"
#include "export/symbolic/shape_env_state.h"

namespace roundtrip {

/// What a message calls the size at a source: the dimension's name, or the source.
class DimNames {
 public:
  explicit DimNames(const std::vector<InputSize>& inputs);

  bool empty() const { return names_.empty(); }
  const std::string& of(const std::string& source) const;
  bool has(const std::string& source) const;
  /// A text with names put where sources are, and the other way round.
  std::string with_sources(std::string text) const;

 private:
  std::vector<std::pair<std::string, std::string>> names_;  ///< by source
};

/// Where each symbol comes from first, by its name.
using SymbolSources = std::map<std::string, std::string>;

/// The end of a message about violated constraints: what to ask for instead, as Python
/// puts it. Empty if there is nothing to suggest.
std::string suggested_fixes(const std::vector<InputSize>& inputs, const DimNames& names,
                            const DimSolver& solver, const SymbolSources& sources);

}  // namespace roundtrip
