#pragma once

#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// How CTest starts the tests of a configuration.
struct CtestCommand {
  std::vector<std::string> words;  ///< to which go the words that select a test
  std::string prefix;              ///< before each test's name
};

/// A file in CTest's language that has a test for each one of the plan, under its id. Each is run
/// whole, whatever the environment says of shards; one that is skipped is so in CTest, too.
std::string ctest_script(const std::vector<PlannedTest>& plan, bool has_other_runs,
                         const CtestCommand& command);

}  // namespace roundtrip
