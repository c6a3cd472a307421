#include "runner/process/suite_scopes.h"

#include <sys/stat.h>

#include <utility>

namespace roundtrip {

/// A folder for each, beside . and ..
std::size_t count_threads() {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) == 0 ? tasks.st_nlink - 2 : 1;
}

const TestOutcome& SuiteScopes::set_up(const Suite& suite) {
  const auto known = outcomes_.find(&suite);
  if (known != outcomes_.end()) return known->second;
  const std::size_t threads_before = count_threads();
  TestOutcome outcome = suite.set_up_suite();
  if (!outcome.message.empty()) outcome.message = "set_up_suite: " + outcome.message;
  if (outcome.status == TestOutcome::Status::passed && count_threads() > threads_before) {
    outcome = {TestOutcome::Status::error,
               "set_up_suite left a thread running, and no test can be forked from a process of "
               "several; start it in the tests instead"};
  }
  return outcomes_.emplace(&suite, std::move(outcome)).first->second;
}

std::vector<std::string> SuiteScopes::tear_down() {
  using Status = TestOutcome::Status;
  std::vector<std::string> faults;
  for (const auto& [suite, scope] : std::exchange(outcomes_, {})) {
    if (scope.status != Status::passed) continue;
    const TestOutcome outcome = suite->tear_down_suite();
    const bool has_failed = outcome.status == Status::failed || outcome.status == Status::error;
    if (has_failed) faults.push_back("tear_down_suite: " + outcome.message);
  }
  return faults;
}

}  // namespace roundtrip
