#include "support/child_process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>

using namespace roundtrip;

namespace {

/// How a child ended that called `run`.
std::string end_of(const std::function<int()>& run) {
  return describe_exit(wait_for(fork_child({}, run)));
}

/// A child that lasts until a signal ends it.
pid_t fork_sleeper(const ChildOptions& options) {
  return fork_child(options, [] {
    while (true) ::pause();
    return 0;
  });
}

}  // namespace

TEST_CASE("a child ends with what it returns, and with nothing that follows the fork") {
  CHECK(end_of([] { return 0; }) == "exited with code 0");
  CHECK(end_of([] { return 7; }) == "exited with code 7");
  CHECK(end_of([] { return ::raise(SIGKILL); }) == "was killed by SIGKILL (Killed)");
  CHECK(end_of([]() -> int {
          ::signal(SIGABRT, SIG_DFL);  // doctest would tell of it
          throw std::runtime_error("lost");
        }) == "was killed by SIGABRT (Aborted)");
}

TEST_CASE("a child blocks no signal and leads a group, or stays in this one") {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork_sleeper({});
  const pid_t other = fork_sleeper({.leads_group = false});
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  CHECK(::getpgid(child) == child);
  CHECK(::getpgid(other) == ::getpgrp());
  ::kill(-child, SIGKILL);
  ::kill(other, SIGKILL);
  CHECK(WTERMSIG(wait_for(child)) == SIGKILL);
  CHECK(WTERMSIG(wait_for(other)) == SIGKILL);
}

TEST_CASE("a child ends with this process") {
  const pid_t parent = fork_child({}, [] {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    // Of a grandchild that lives on, `read` would not see the end.
    const pid_t middle = fork_child({}, [&] {
      ::close(ends[0]);
      fork_sleeper({});
      return 0;
    });
    ::close(ends[1]);
    char byte = 0;
    const bool has_ended = ::read(ends[0], &byte, 1) == 0;
    return wait_for(middle) == 0 && has_ended ? 0 : 1;
  });
  CHECK(wait_for(parent) == 0);
}

TEST_CASE("the end of a child can be waited for with poll") {
  const pid_t child = fork_sleeper({});
  const UniqueFd end = open_pidfd(child);
  pollfd watched{end.get(), POLLIN, 0};
  CHECK(::poll(&watched, 1, 0) == 0);
  ::kill(child, SIGKILL);
  CHECK(::poll(&watched, 1, 10'000) == 1);
  CHECK(describe_exit(wait_for(child)) == "was killed by SIGKILL (Killed)");
}

TEST_CASE("a child becomes a program, which has no input and writes where it is told") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = fork_child({}, [&] {
    close_input();
    redirect_output(ends[1]);
    execute("sh", {"sh", "-c", "cat; echo \"$0 $1\"; echo error >&2", "a", "b c"});
    return kNotStarted;
  });
  ::close(ends[1]);
  CHECK(wait_for(child) == 0);
  char text[64];
  const ssize_t count = ::read(ends[0], text, sizeof text);
  CHECK(std::string(text, static_cast<std::size_t>(count)) == "a b c\nerror\n");
  ::close(ends[0]);
}

TEST_CASE("what cannot be executed says why") {
  const pid_t child = fork_child({}, [] {
    execute("/nowhere/program", {"program"});
    return errno == ENOENT ? kNotStarted : 0;
  });
  CHECK(describe_exit(wait_for(child)) == "exited with code 127");
}

TEST_CASE("output that waits for a flush is written once") {
  const UniqueFd before(::dup(STDOUT_FILENO));
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  std::fflush(nullptr);
  ::dup2(ends[1], STDOUT_FILENO);
  std::fputs("before ", stdout);
  const pid_t child = fork_child({}, [] { return std::fputs("child", stdout) < 0 ? 1 : 0; });
  const int status = wait_for(child);
  ::dup2(before.get(), STDOUT_FILENO);
  char text[64];
  const ssize_t count = ::read(ends[0], text, sizeof text);
  CHECK(status == 0);
  CHECK(std::string(text, static_cast<std::size_t>(count)) == "before child");
  for (const int fd : ends) ::close(fd);
}
