#pragma once

#include "runner/cli/arguments.h"
#include "runner/process/scheduler.h"

namespace roundtrip {

/// The options of `roundtrip run`, which a profile may set too.
Arguments run_arguments();

/// Throws UsageError for values that are wrong or do not go together.
void check_run_arguments(const Arguments& arguments);

// What the options say; each throws UsageError for values that are wrong.

ScheduleOptions schedule_options(const Arguments& arguments);

/// Whether each test has a process of its own.
bool is_isolated(const Arguments& arguments);

}  // namespace roundtrip
