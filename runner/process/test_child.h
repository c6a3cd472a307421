#pragma once

#include <roundtrip/plugin.h>

#include <map>
#include <string>
#include <vector>

#include "runner/plugin_host/plugin_host.h"
#include "runner/process/fd.h"

namespace roundtrip {

/// A test about to be run.
struct TestCall {
  const Suite& suite;
  TestRun run;
  std::vector<TransformCall> chain;
  /// Bytes that the test may allocate; 0 is no limit.
  std::int64_t memory = 0;
  /// Whether static destructors run when its process ends.
  bool teardown = false;
  /// Variables that it sees beside those of this process.
  std::map<std::string, std::string> environment{};
  /// What the outcome is to be sent with; empty where it is not sent.
  std::string token{};
};

/// Runs the test in this process: makes its transformations, and reports what they or the
/// suite throw as an error of the test. Ends processes that the test forked and that come back
/// from it, as if they were the test.
TestOutcome run_test(const PluginHost& host, const TestCall& call);

/// The life of a test process, from just after fork to its end: leads a process group of its
/// own, sends its output to `output`, writes to `result` that it has begun, its outcome, and,
/// should it crash, where. Ends with its worker `parent`.
[[noreturn]] void run_test_child(const PluginHost& host, const TestCall& call, UniqueFd output,
                                 UniqueFd result, int parent);

}  // namespace roundtrip
