#pragma once

#include <vector>

#include "runner/cli/arguments.h"
#include "runner/filter/filter.h"
#include "runner/history/history.h"
#include "runner/plan/plan.h"

namespace roundtrip {

/// What --filter gives. Throws UsageError.
std::vector<Filter> parse_filters(const Arguments& arguments);

/// Leaves the tests that at least one filter selects; all of them when there is none. Warns on the
/// error stream of a filter that selects none.
void select_tests(std::vector<PlannedTest>& plan, const std::vector<Filter>& filters,
                  const History& history);

}  // namespace roundtrip
