#include "runner/process/exit_status.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstring>

namespace roundtrip {

std::string describe_exit(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exited with code {}", WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = ::sigabbrev_np(number);
  const char* meaning = ::sigdescr_np(number);
  if (!name || !meaning) return fmt::format("was killed by signal {}", number);
  return fmt::format("was killed by SIG{} ({})", name, meaning);
}

}  // namespace roundtrip
