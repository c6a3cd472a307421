#pragma once

#include <roundtrip/plugin.h>

#include <vector>

#include "runner/plugin_host/plugin_host.h"
#include "runner/process/fd.h"
#include "runner/process/protocol.h"

namespace roundtrip {

/// Runs the test in this process: makes its transformations, and reports what they or the
/// suite throw as an error of the test. Ends processes that the test forked and that come back
/// from it, as if they were the test.
TestOutcome run_test(const PluginHost& host, const Suite& suite, const TestRun& test,
                     const std::vector<TransformCall>& chain);

/// The life of a test process, from just after fork to just before its end: sends its output to
/// `output`, writes to `result` that it has begun, its outcome, and, should it crash, where.
void run_test_child(const PluginHost& host, const Suite& suite, const TestRequest& request,
                    UniqueFd output, UniqueFd result);

}  // namespace roundtrip
