#include "runner/process/worker.h"

#include <poll.h>
#include <roundtrip/error.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>

#include "runner/plugin_host/plugin_host.h"
#include "runner/process/channel.h"
#include "runner/process/crash_handler.h"
#include "runner/process/process_state.h"
#include "runner/process/protocol.h"
#include "runner/process/test_child.h"

namespace roundtrip {

namespace {

using nlohmann::json;

/// The channel of the worker whose plugin is being loaded, for the terminate
/// handler, which takes no argument.
Channel* loading_channel = nullptr;

/// An exception in a library's initialisation cannot pass through the dynamic
/// loader: it ends the process here, with its text saved.
[[noreturn]] void report_and_abort() {
  std::string message = "ended the process through std::terminate";
  try {
    if (auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    message = std::string("threw an exception: ") + error.what();
  } catch (...) {
    message = "threw an exception that is not a std::exception";
  }
  loading_channel->send({{"is", "dying"}, {"message", message}});
  ::_exit(1);
}

/// A child has only the thread that forked it: it would wait for ever for a lock that
/// another thread held, or for a pool that is not there.
constexpr const char* kThreadsFault =
    "the worker process has more than one thread, so no test can be forked from it; a plugin "
    "started a thread, or ran an operator, while it was loaded or listed its tests";

/// Threads of this process, the calling one included: a folder for each, beside . and ..
std::size_t count_threads() {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) == 0 ? tasks.st_nlink - 2 : 1;
}

UniqueFd watch_children() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) throw_errno("signalfd");
  return UniqueFd(fd);
}

class Worker {
 public:
  Worker() : channel_(UniqueFd(kWorkerChannelFd)), children_(watch_children()) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a test leaves behind is reaped here
    prepare_crash_handler();
  }

  void serve() {
    while (true) {
      pollfd fds[] = {{channel_.fd(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) throw_errno("poll");
      if (fds[1].revents) reap();
      if (fds[0].revents && !channel_.fill()) return;
      while (auto request = channel_.next()) answer(*request);
    }
  }

 private:
  void answer(const json& request) {
    const std::string what = request.at("do");
    if (what == "run") return start(request);
    const ProcessState before;
    json reply;
    try {
      reply = what == "load" ? load(request) : list(request);
    } catch (const std::exception& error) {
      reply = {{"is", "failed"}, {"message", error.what()}};
    }
    reply["changed"] = before.restore();
    channel_.send(reply);
  }

  json load(const json& request) {
    const std::size_t threads_before = count_threads();
    loading_channel = &channel_;
    const auto previous = std::set_terminate(report_and_abort);
    const std::string path = request.at("path");
    json reply{{"is", "loaded"}, {"plugin", host_.load(path)}};
    std::set_terminate(previous);
    if (count_threads() > threads_before) {
      throw PluginError(path +
                        ": started a thread while it was loaded, and no test can be forked "
                        "from a process of several; start it in the test instead");
    }
    return reply;
  }

  json list(const json& request) {
    return {{"is", "listed"}, {"tests", host_.suite(request.at("suite").get<SuiteCall>()).tests()}};
  }

  TestCall call_of(const json& request) {
    return {host_.suite(request.at("suite").get<SuiteCall>()),
            request.at("test"),
            request.at("chain"),
            request.at("memory"),
            request.at("teardown"),
            request.at("token")};
  }

  void start(const json& request) {
    UniqueFd output = channel_.take_fd();
    UniqueFd result = channel_.take_fd();
    const std::size_t id = request.at("id");
    try {
      const TestCall call = call_of(request);  // a new worker makes its suites here
      if (count_threads() > 1) return refuse(id, kThreadsFault);
      start(id, call, std::move(output), std::move(result));
    } catch (const std::exception& error) {
      refuse(id, error.what());
    }
  }

  void start(std::size_t id, const TestCall& call, UniqueFd output, UniqueFd result) {
    std::cout.flush();
    std::fflush(nullptr);  // or the child would write it a second time
    const pid_t worker = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      { const Channel closed = std::move(channel_); }
      run_test_child(host_, call, std::move(output), std::move(result), worker);
    }
    if (pid < 0) return refuse(id, std::string("fork failed: ") + std::strerror(errno));
    running_[pid] = id;
  }

  void refuse(std::size_t id, const std::string& message) {
    channel_.send({{"is", "not_started"}, {"id", id}, {"message", message}});
  }

  void reap() {
    signalfd_siginfo ignored;
    while (::read(children_.get(), &ignored, sizeof(ignored)) > 0) {
    }
    constexpr int kNews = WEXITED | WSTOPPED | WCONTINUED;
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, kNews | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
      const bool has_ended = info.si_code != CLD_STOPPED && info.si_code != CLD_CONTINUED;
      tell(info.si_pid, has_ended);
      info = {};
    }
  }

  void tell(pid_t pid, bool has_ended) {
    const auto test = running_.find(pid);
    // Before the child is reaped its pid, and with it the group's, is not reused.
    if (test != running_.end() && has_ended) ::kill(-pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, has_ended ? 0 : WUNTRACED | WCONTINUED | WNOHANG);
    if (test == running_.end()) return;
    channel_.send({{"is", "changed"}, {"id", test->second}, {"status", status}});
    if (has_ended) running_.erase(test);
  }

  Channel channel_;
  UniqueFd children_;
  PluginHost host_;
  std::map<pid_t, std::size_t> running_;
};

}  // namespace

int run_worker() {
  Worker().serve();
  ::_exit(0);  // no static destructors of the plugins
}

}  // namespace roundtrip
