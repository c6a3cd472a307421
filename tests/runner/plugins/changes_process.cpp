#include <fcntl.h>
#include <pmmintrin.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <string>

#include "plain_suite.h"

// Changes what every test would inherit, when it is loaded and again when it lists its tests.

using namespace plain;

namespace {

void change_process() {
  ::signal(SIGCHLD, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  ::umask(0777);
  std::setlocale(LC_ALL, "C.UTF-8");
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 100;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (::chdir("/proc") != 0) ::_exit(1);
  for (int stream = 0; stream < 3; ++stream) ::close(stream);
  std::fesetround(FE_UPWARD);
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
}

TestOutcome see() {
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  char folder[4096];
  std::string seen;
  if (action.sa_handler != SIG_DFL) seen += "SIGCHLD ";
  if (sigismember(&blocked, SIGUSR1)) seen += "SIGUSR1 ";
  if (::umask(0) == 0777) seen += "umask ";
  if (std::setlocale(LC_ALL, nullptr) != std::string("C")) seen += "locale ";
  if (limit.rlim_cur == 100) seen += "limit ";
  if (::getcwd(folder, sizeof(folder)) == std::string("/proc")) seen += "folder ";
  if (::fcntl(STDOUT_FILENO, F_GETFD) < 0) seen += "stream ";
  if (std::fegetround() != FE_TONEAREST) seen += "rounding ";
  if (_MM_GET_FLUSH_ZERO_MODE() != _MM_FLUSH_ZERO_OFF) seen += "zero ";
  return {seen.empty() ? Status::passed : Status::failed, seen, {}};
}

const bool changed = (change_process(), true);

class ChangesProcess final : public roundtrip::Suite {
 public:
  std::vector<roundtrip::TestInfo> tests() const override {
    change_process();
    return {{.name = "test_see"}};
  }
  TestOutcome run(const roundtrip::TestRun&,
                  const std::vector<const roundtrip::Transform*>&) const override {
    return see();
  }
};
ROUNDTRIP_SUITE_CLASS(ChangesProcess, "ChangesProcess", "changes what its process passes on");

}  // namespace

ROUNDTRIP_PLUGIN("changes_process", "1.0", "Changes what tests inherit");
