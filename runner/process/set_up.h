#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "runner/config/config.h"
#include "runner/plan/plan.h"
#include "runner/process/interrupts.h"

namespace roundtrip {

/// The commands of `setup:` in a configuration. What they start lives until this object ends.
class SetUp {
 public:
  SetUp() = default;
  ~SetUp();
  SetUp(const SetUp&) = delete;
  SetUp& operator=(const SetUp&) = delete;

  /// Runs each whose filter selects one of `tests`, one after another, and says so on the error
  /// stream. Those tests then see the variables that it wrote, a line `NAME=VALUE` each, to the
  /// file that ROUNDTRIP_ENV names; or, when it failed, have that as their fault. False when the
  /// user interrupts.
  bool run(const std::vector<SetUpEntry>& entries, const std::vector<PlannedTest*>& tests,
           Interrupts& interrupts);

 private:
  std::vector<pid_t> groups_;
  /// The commands' processes and those that they have left; each that has ended stays a zombie
  /// until all are, so that its number, and with it the group's, is not reused.
  std::vector<pid_t> started_;
};

}  // namespace roundtrip
