#include "runner/process/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <roundtrip/error.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runner/process/worker.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

/// Of this process, and so of its worker.
constexpr const char* kExecutable = "/proc/self/exe";

/// Standard output is the runner's error stream: a plugin that prints while it is loaded must
/// not spoil `--json`.
void arrange_descriptors(const UniqueFd& channel) {
  close_input();
  redirect_output(STDERR_FILENO);
  if (channel.get() == kWorkerChannelFd) {
    ::fcntl(kWorkerChannelFd, F_SETFD, 0);
  } else {
    ::dup2(channel.get(), kWorkerChannelFd);
  }
}

void set_environment(const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (const char* bazel = std::getenv("TEST_TMPDIR")) ::setenv("TMPDIR", bazel, 1);
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
  ::setenv("OMP_NUM_THREADS", "1", 0);
}

int become_worker(const UniqueFd& channel, const std::map<std::string, std::string>& environment) {
  ::signal(SIGPIPE, SIG_DFL);
  arrange_descriptors(channel);
  set_environment(environment);
  execute(kExecutable, {"roundtrip", "worker"});
  std::perror("roundtrip: cannot start a worker process");
  return kNotStarted;
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
  pid_ = fork_child({}, [&] { return become_worker(sockets.second, environment); });
}

WorkerProcess::~WorkerProcess() {
  end();
}

std::string WorkerProcess::end() {
  if (pid_ < 0) return "has ended";
  // A process that is already dying keeps the status it is dying with.
  ::kill(pid_, SIGKILL);
  return describe_exit(wait_for(std::exchange(pid_, -1)));
}

}  // namespace roundtrip
