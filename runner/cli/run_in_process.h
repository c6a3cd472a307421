#pragma once

#include "runner/cli/run_reporters.h"
#include "runner/cli/session.h"
#include "runner/plan/order.h"

namespace roundtrip {

/// Runs the session's plan in this process, one test after another: for debuggers. A test
/// that crashes ends the run; timeouts, memory limits and retries do not apply, and output
/// is not captured. Returns the exit code.
int run_in_process(const Session& session, const Order& order, RunReporters& reporters);

}  // namespace roundtrip
