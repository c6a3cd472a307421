#include "runner/process/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <roundtrip/error.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runner/process/worker.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

/// Of this process, and so of its worker.
constexpr const char* kExecutable = "/proc/self/exe";

/// Standard input is empty, standard output is the runner's error stream (a
/// plugin that prints while it is loaded must not spoil `--json`).
void arrange_descriptors(const UniqueFd& channel) {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (channel.get() == kWorkerChannelFd) {
    ::fcntl(kWorkerChannelFd, F_SETFD, 0);
  } else {
    ::dup2(channel.get(), kWorkerChannelFd);
  }
}

void restore_signals() {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

[[noreturn]] void become_worker(const UniqueFd& channel, pid_t runner,
                                const std::map<std::string, std::string>& environment) {
  ::setpgid(0, 0);  // the terminal's Ctrl-C is for the runner alone
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != runner) ::_exit(1);
  restore_signals();
  arrange_descriptors(channel);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (const char* bazel = std::getenv("TEST_TMPDIR")) ::setenv("TMPDIR", bazel, 1);
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
  ::setenv("OMP_NUM_THREADS", "1", 0);
  ::execl(kExecutable, "roundtrip", "worker", nullptr);
  std::perror("roundtrip: cannot start a worker process");
  ::_exit(127);
}

}  // namespace

WorkerProcess::WorkerProcess(const std::map<std::string, std::string>& environment)
    : WorkerProcess(make_socket_pair(), environment) {
}

WorkerProcess::WorkerProcess(std::pair<UniqueFd, UniqueFd> sockets,
                             const std::map<std::string, std::string>& environment)
    : channel_(std::move(sockets.first)) {
  if (::access(kExecutable, X_OK) != 0) {
    throw Error(
        fmt::format("no worker process can be started, for {} cannot be run: {}; mount /proc",
                    kExecutable, std::strerror(errno)));
  }
  std::fflush(nullptr);
  const pid_t runner = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("fork");
  if (pid_ == 0) become_worker(sockets.second, runner, environment);
}

WorkerProcess::~WorkerProcess() {
  end();
}

std::string WorkerProcess::end() {
  if (pid_ < 0) return "has ended";
  // A process that is already dying keeps the status it is dying with.
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return describe_exit(status);
}

}  // namespace roundtrip
