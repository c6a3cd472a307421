#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/symbolic/constraints/dim_names.h"
#include "export/symbolic/constraints/dim_solver.h"
#include "export/symbolic/knowledge/asked_sizes.h"

namespace roundtrip {

/// Where each symbol comes from first, by its name.
using SymbolSources = std::map<std::string, std::string>;

/// The end of a message about violated constraints: what to ask for instead, as Python
/// puts it. Empty if there is nothing to suggest.
std::string suggested_fixes(const std::vector<InputSize>& inputs, const DimNames& names,
                            const DimSolver& solver, const SymbolSources& sources);

}  // namespace roundtrip
