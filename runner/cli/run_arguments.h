#pragma once

#include <optional>

#include "runner/cli/arguments.h"
#include "runner/plan/shard.h"
#include "runner/process/scheduler.h"

namespace roundtrip {

/// The options of `roundtrip run`, which a profile may set too.
Arguments run_arguments();

/// Throws UsageError for values that are wrong or do not go together.
void check_run_arguments(const Arguments& arguments);

// What the options say; each throws UsageError for values that are wrong.

/// The shard that the command line or the environment asks for.
std::optional<Shard> shard_of(const Arguments& arguments);

ScheduleOptions schedule_options(const Arguments& arguments);

/// Whether each test has a process of its own.
bool is_isolated(const Arguments& arguments);

}  // namespace roundtrip
