#pragma once

#include <string>
#include <vector>

namespace roundtrip::pt2 {

enum ExitCode : int { kDone = 0, kFileFailed = 1, kBadUsage = 4 };

/// Runs `real_main` with the words of the command line. Reports a `UsageError`.
int run_main(int argc, char** argv, int (*real_main)(const std::vector<std::string>& words));

}  // namespace roundtrip::pt2
