#pragma once

#include "runner/results/results.h"

namespace roundtrip {

/// What the process says to its caller; printed by `roundtrip help`.
enum ExitCode : int {
  kAllAsExpected = 0,
  kTestsFailed = 1,
  kInterrupted = 2,
  kRunnerFault = 3,
  kBadUsage = 4,
  kNothingSelected = 5,
};

/// That of a run which came to these results, without a fault.
int exit_code(const RunResults& results);

}  // namespace roundtrip
