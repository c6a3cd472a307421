#pragma once

#include <string>
#include <vector>

#include "runner/plan/plan.h"

namespace roundtrip {

/// Whether `glob` (`*`, `?`, `[...]`, `\` before a character meant as such)
/// matches the test's derived name "Class.test" or its original "Suite.test".
bool matches(const std::string& glob, const PlannedTest& test);

/// The tests that at least one glob matches; all of them when there is no glob.
std::vector<PlannedTest> select(std::vector<PlannedTest> plan,
                                const std::vector<std::string>& globs);

/// A glob, quoted for the shell, that matches exactly the test of this name.
std::string shell_glob_for(const std::string& full_name);

}  // namespace roundtrip
