#pragma once

#include <signal.h>

#include "runner/process/fd.h"

namespace roundtrip {

/// While it lives, SIGINT, SIGTERM and SIGHUP arrive on a descriptor instead of
/// ending the process. One at a time, in the runner.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int fd() const { return fd_.get(); }

  /// How many have arrived since the last call.
  int take();

 private:
  sigset_t previous_;
  UniqueFd fd_;
};

}  // namespace roundtrip
