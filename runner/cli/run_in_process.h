#pragma once

#include "runner/cli/run_reporters.h"
#include "runner/cli/session.h"
#include "runner/plan/order.h"

namespace roundtrip {

/// Runs the session's plan in this process, one test after another: for debuggers. A test
/// that crashes ends the run, one that ends the process, too, with the reports written; timeouts,
/// memory limits and retries do not apply, and output is not captured. No test is started after
/// `max_failures` failed; 0 is no limit. Returns the exit code. Throws UsageError if the tests need
/// different plugins or environments.
int run_in_process(Session& session, const Order& order, std::size_t max_failures,
                   RunReporters& reporters);

}  // namespace roundtrip
