#include "support/child_process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace roundtrip {

namespace {

/// Bytes of private writable memory that the process has now: what RLIMIT_DATA counts.
std::int64_t data_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  statm >> size >> resident >> shared >> text >> library >> data;
  return data * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

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

void limit_memory(std::int64_t bytes) {
  if (bytes == 0) return;
  const auto limit = static_cast<rlim_t>(data_bytes() + bytes);
  const rlimit data{limit, limit};
  ::setrlimit(RLIMIT_DATA, &data);
}

}  // namespace roundtrip
