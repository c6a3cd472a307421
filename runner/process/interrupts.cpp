#include "runner/process/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace roundtrip {

Interrupts::Interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  ::sigprocmask(SIG_BLOCK, &set, &previous_);
  fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.is_open()) throw_errno("signalfd");
}

Interrupts::~Interrupts() {
  ::sigprocmask(SIG_SETMASK, &previous_, nullptr);
}

int Interrupts::take() {
  int count = 0;
  for (signalfd_siginfo info; ::read(fd_.get(), &info, sizeof(info)) > 0;) ++count;
  return count;
}

}  // namespace roundtrip
