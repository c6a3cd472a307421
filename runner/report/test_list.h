#pragma once

#include <string>
#include <vector>

#include "runner/plan/plan.h"
#include "runner/report/terminal.h"

namespace roundtrip {

/// The tests of a plan, a line each, for scripts: its name and, in brackets, what is expected of
/// it.
std::string test_lines(const std::vector<PlannedTest>& plan);

/// The same for a person: below the run, where that has a name, and the class of each, with how
/// many tests they have; and how many there are in all.
std::string test_tree(const std::vector<PlannedTest>& plan, const Terminal& terminal);

}  // namespace roundtrip
