#pragma once

#include <vector>

#include "runner/history/diff.h"

namespace roundtrip {

/// What the results of two runs depend on and do not have in common: versions, machine, and what
/// the configuration's runs are made of.
std::vector<Circumstance> circumstances(const PastRun& before, const PastRun& after);

}  // namespace roundtrip
