#include "runner/process/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace roundtrip {

Interrupts::Interrupts() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH}) sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, &previous_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTTOU, &ignore, &previous_ttou_);
  fd_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.is_open()) throw_errno("signalfd");
}

Interrupts::~Interrupts() {
  ::sigaction(SIGTTOU, &previous_ttou_, nullptr);
  ::sigprocmask(SIG_SETMASK, &previous_, nullptr);
}

Interrupts::Count Interrupts::take() {
  Count count;
  for (signalfd_siginfo info; ::read(fd_.get(), &info, sizeof(info)) > 0;) {
    const auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGWINCH) continue;  // it has woken whoever waits, who then draws anew
    ++(number == SIGTSTP ? count.stops : count.ends);
  }
  return count;
}

void Interrupts::stop_process() {
  ::raise(SIGSTOP);
}

}  // namespace roundtrip
