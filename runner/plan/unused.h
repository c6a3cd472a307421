#pragma once

#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// Notes each override, those of all profiles among them, that selects no test, and each entry of
/// `xfail` whose property no run of its test has. `plan` has all tests of the configuration.
void check_unused(const Config& config, const std::vector<PlannedTest>& plan, Problems& problems);

/// Whether the filter selects one of the tests, on this machine or another.
bool selects_any(const Filter& filter, const std::vector<PlannedTest>& plan);

/// The quarantines that select no test, by their filters and where these stand; likewise.
std::vector<Name> unused_quarantines(const Config& config, const std::vector<PlannedTest>& plan);

}  // namespace roundtrip
