#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "plain_suite.h"

// Does to its process what the variable SURPRISE says: `when what`.

using namespace plain;

namespace {

void surprise(const std::string& when) {
  const char* variable = std::getenv("SURPRISE");
  const std::string asked = variable == nullptr ? "" : variable;
  // The child comes back from here first, as if it were the process that the runner started.
  if (asked == when + " fork") {
    const pid_t child = ::fork();
    if (child != 0) ::waitpid(child, nullptr, 0);
  }
  if (asked == when + " ignore SIGCHLD") ::signal(SIGCHLD, SIG_IGN);
  if (asked == when + " unblock SIGCHLD") {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  }
}

/// A child that a test waits for is seen by it.
TestOutcome wait_for_child() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(7);
  int status = 0;
  const bool is_seen = ::waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7;
  return {is_seen ? Status::passed : Status::failed, "", {}};
}

class Surprises final : public roundtrip::Suite {
 public:
  std::vector<roundtrip::TestInfo> tests() const override {
    surprise("list");
    return {{.name = "test_child"}, {.name = "test_fails"}};
  }
  TestOutcome set_up_suite() const override {
    surprise("set_up");
    return {};
  }
  TestOutcome run(const roundtrip::TestRun& run,
                  const std::vector<const roundtrip::Transform*>&) const override {
    if (run.test == "test_child") return wait_for_child();
    return {Status::failed, "as it should", {}};
  }
  TestOutcome tear_down_suite() const override {
    surprise("tear_down");
    return {};
  }
};
ROUNDTRIP_SUITE_CLASS(Surprises, "Surprises", "does what nobody expects");

const bool surprised = (surprise("load"), true);

}  // namespace

ROUNDTRIP_PLUGIN("surprises", "1.0", "Does to its process what a variable says");
