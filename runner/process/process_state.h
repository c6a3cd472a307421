#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <locale>
#include <string>
#include <vector>

#include "runner/process/fd.h"

namespace roundtrip {

/// What every test inherits from the process that it is forked from, and what code that is
/// loaded there may change for all of them: what signals do and which are blocked, the umask,
/// the locale, resource limits, the working directory, the standard streams, and how numbers are
/// rounded.
class ProcessState {
 public:
  /// As it is now.
  ProcessState();

  /// Restores what has changed since then; returns what it was: "what SIGCHLD does", "the umask".
  std::vector<std::string> restore() const;

 private:
  std::array<struct sigaction, NSIG> actions_{};
  sigset_t blocked_;
  mode_t umask_;
  std::locale locale_;
  std::string c_locale_;
  std::array<rlimit, RLIM_NLIMITS> limits_{};
  UniqueFd folder_;
  std::array<UniqueFd, 3> streams_;
  int rounding_;
  unsigned small_numbers_;
};

}  // namespace roundtrip
