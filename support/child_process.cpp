#include "support/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <system_error>

namespace roundtrip {

namespace {

/// In the child, which `parent` has just forked.
void tie_to(pid_t parent, const ChildOptions& options) {
  if (options.leads_group) ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, options.signal_at_end);
  if (::getppid() != parent) ::_exit(1);  // it ended before prctl
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// What it throws must not go on into what `parent` does.
[[noreturn]] void live(pid_t parent, const ChildOptions& options,
                       const std::function<int()>& run) noexcept {
  tie_to(parent, options);
  const int code = run();
  flush_output();
  ::_exit(code);
}

/// Bytes of private writable memory that the process has now: what RLIMIT_DATA counts.
std::int64_t data_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  statm >> size >> resident >> shared >> text >> library >> data;
  return data * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

void flush_output() {
  std::cout.flush();
  std::fflush(nullptr);
}

pid_t fork_child(const ChildOptions& options, const std::function<int()>& run) {
  flush_output();  // or the child would write it a second time
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork failed");
  if (child == 0) live(parent, options, run);
  if (options.leads_group) ::setpgid(child, child);  // here, too: it may be signalled at once
  return child;
}

UniqueFd open_pidfd(pid_t process) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!fd.is_open()) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  return fd;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void close_input() {
  ::dup2(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get(), STDIN_FILENO);
}

void redirect_output(int fd) {
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
}

void limit_memory(std::int64_t bytes) {
  if (bytes == 0) return;
  const auto limit = static_cast<rlim_t>(data_bytes() + bytes);
  const rlimit data{limit, limit};
  ::setrlimit(RLIMIT_DATA, &data);
}

void execute(const std::string& file, std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(file.c_str(), arguments.data());
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (!name || !meaning) return "signal " + std::to_string(number);
  return std::string("SIG") + name + " (" + meaning + ")";
}

std::string describe_exit(int status) {
  if (!WIFSIGNALED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  return "was killed by " + signal_name(WTERMSIG(status));
}

}  // namespace roundtrip
