#include "pt2/isolated.h"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <sstream>

#include "support/child_process.h"

namespace roundtrip::pt2 {

namespace {

using Clock = std::chrono::steady_clock;

/// Whether the process ended in time.
bool await_end(pid_t child, double seconds) {
  if (seconds == 0) return true;
  const UniqueFd end = open_pidfd(child);
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  pollfd watched{end.get(), POLLIN, 0};
  int ready = 0;
  do {
    const std::chrono::duration<double, std::milli> left = deadline - Clock::now();
    ready = ::poll(&watched, 1, left.count() > 0 ? static_cast<int>(left.count()) + 1 : 0);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::string explain(int status, const Limits& limits) {
  std::string reason = "its process " + describe_exit(status);
  if (WTERMSIG(status) == SIGBUS) reason += ", as when a file is cut short while it is read";
  if (limits.memory != 0) {
    reason += " (its memory is limited to " + std::to_string(limits.memory) + " bytes)";
  }
  return reason;
}

}  // namespace

std::string run_isolated(const std::function<int()>& work, const Limits& limits, int& result) {
  result = 0;
  const pid_t child = fork_child({.leads_group = false}, [&] {
    limit_memory(limits.memory);
    return work();
  });
  const bool in_time = await_end(child, limits.seconds);
  if (!in_time) ::kill(child, SIGKILL);
  const int status = wait_for(child);
  if (!in_time) {
    std::ostringstream text;
    text << "it was not done after " << limits.seconds << " s; --timeout gives it more";
    return text.str();
  }
  if (!WIFSIGNALED(status)) {
    result = WEXITSTATUS(status);
    return "";
  }
  // The reader of the output is gone, or the user interrupts: this process ends in the same way.
  if (WTERMSIG(status) == SIGPIPE || WTERMSIG(status) == SIGINT) ::raise(WTERMSIG(status));
  return explain(status, limits);
}

}  // namespace roundtrip::pt2
