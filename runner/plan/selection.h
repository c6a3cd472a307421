#pragma once

#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// The words of a command line that select this test and no other one of its configuration;
/// `has_other_runs` says whether that has several runs.
std::vector<std::string> selection_words(const PlannedTest& test, bool has_other_runs);

}  // namespace roundtrip
