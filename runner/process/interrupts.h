#pragma once

#include <signal.h>

#include "runner/process/fd.h"

namespace roundtrip {

/// While it lives, SIGINT, SIGTERM, SIGHUP and the terminal's SIGTSTP arrive on a descriptor
/// instead of ending or stopping the process, as does the news that the terminal has another
/// size; writing to a terminal that belongs to another job does not stop it. One at a time, in the
/// runner.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int fd() const { return fd_.get(); }

  /// How many have arrived since the last call.
  struct Count {
    int ends = 0;   ///< that ask the process to end
    int stops = 0;  ///< that ask it to stop
  };
  Count take();

  /// Stops this process as SIGTSTP would have; returns when it goes on.
  void stop_process();

 private:
  sigset_t previous_;
  struct sigaction previous_ttou_ {};
  UniqueFd fd_;
};

}  // namespace roundtrip
