#include "runner/process/worker.h"

#include <poll.h>
#include <roundtrip/error.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iostream>

#include "runner/plugin_host/plugin_host.h"
#include "runner/process/channel.h"
#include "runner/process/crash_handler.h"
#include "runner/process/process_state.h"
#include "runner/process/protocol.h"
#include "runner/process/suite_files.h"
#include "runner/process/suite_scopes.h"
#include "runner/process/test_child.h"
#include "runner/process/test_processes.h"
#include "support/child_process.h"

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

/// A forked child has only the thread that forked it: it would wait forever for a lock that
/// another thread held, or for a thread pool that it does not have.
constexpr const char* kThreadsFault =
    "the worker process has more than one thread, so no test can be forked from it; a plugin "
    "started a thread, or ran an operator, while it was loaded or listed its tests";

sigset_t only_sigchld() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// Whether children that end are kept until they are waited for, and told by `watch_children`.
bool hears_children() {
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  return action.sa_handler == SIG_DFL && (action.sa_flags & SA_NOCLDWAIT) == 0 &&
         ::sigismember(&blocked, SIGCHLD) == 1;
}

void hear_children() {
  const sigset_t set = only_sigchld();
  ::signal(SIGCHLD, SIG_DFL);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

UniqueFd watch_children() {
  const sigset_t set = only_sigchld();
  hear_children();
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) throw_errno("signalfd");
  return UniqueFd(fd);
}

/// Calls `work` while what this process prints goes to `output`.
template <typename Work>
void with_output_to(const UniqueFd& output, const Work& work) {
  flush_output();
  const UniqueFd out = duplicate(STDOUT_FILENO);
  const UniqueFd err = duplicate(STDERR_FILENO);
  redirect_output(output.get());
  work();
  flush_output();
  ::dup2(out.get(), STDOUT_FILENO);
  ::dup2(err.get(), STDERR_FILENO);
}

class Worker {
 public:
  Worker()
      : channel_(UniqueFd(kWorkerChannelFd)),
        children_(watch_children()),
        tests_([this](std::size_t id, int status, const std::vector<LeftProcess>& left) {
          channel_.send({{"is", "changed"}, {"id", id}, {"status", status}, {"left", left}});
        }) {
    ::prctl(PR_SET_NAME, "roundtrip");   // not "exe", as it was started
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a test leaves behind is reaped here
    prepare_crash_handler();
  }

  void serve() {
    while (true) {
      pollfd fds[] = {{channel_.fd(), POLLIN, 0}, {children_.get(), POLLIN, 0}};
      const int ready = ::poll(fds, 2, poll_timeout());
      if (ready < 0 && errno != EINTR) throw_errno("poll");
      if (ready == 0 || fds[1].revents) reap();
      if (fds[0].revents && !channel_.fill()) return;
      while (auto request = channel_.next()) answer(*request);
    }
  }

 private:
  void answer(const json& request) {
    const std::string what = request.at("do");
    if (what == "run") return start(request);
    if (what == "finish") return finish();
    const ProcessState before;
    json reply;
    try {
      reply = what == "load" ? load(request) : list(request);
    } catch (const std::exception& error) {
      reply = {{"is", "failed"}, {"message", error.what()}};
    }
    end_if_forked();
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
    json reply{{"is", "listed"},
               {"tests", host_.suite(request.at("suite").get<SuiteCall>()).tests()}};
    reply["files"] = take_suite_files();
    return reply;
  }

  void start(const TestRequest& request) {
    UniqueFd output = channel_.take_fd();
    UniqueFd result = channel_.take_fd();
    try {
      const Suite& suite = host_.suite(request.suite);  // a new worker makes its suites here
      const TestOutcome& scope = set_up(suite, output);
      if (scope.status != TestOutcome::Status::passed) return refuse(request.id, scope);
      if (count_threads() > 1) return refuse(request.id, kThreadsFault);
      start(suite, request, std::move(output), std::move(result));
    } catch (const std::exception& error) {
      refuse(request.id, error.what());
    }
  }

  void start(const Suite& suite, const TestRequest& request, UniqueFd output, UniqueFd result) {
    const pid_t pid = fork_child({}, [&] {
      { const Channel closed = std::move(channel_); }
      run_test_child(host_, suite, request, std::move(output), std::move(result));
      return 0;
    });
    tests_.add(pid, request.id);
  }

  /// What the set-up prints becomes output of the test that it precedes.
  const TestOutcome& set_up(const Suite& suite, const UniqueFd& output) {
    if (!scopes_.knows(suite)) {
      with_output_to(output, [&] {
        scopes_.set_up(suite);
        end_if_forked();
        if (hears_children()) return;
        hear_children();
        std::cerr << "set_up_suite changed what SIGCHLD does; that was put back, for it tells of "
                     "the end of tests: change it in the tests that need it"
                  << std::endl;
      });
    }
    return scopes_.set_up(suite);
  }

  void finish() {
    const auto faults = scopes_.tear_down();
    end_if_forked();
    channel_.send({{"is", "finished"}, {"faults", faults}});
  }

  /// Code of plugins returns here in what it forked, too.
  void end_if_forked() const {
    if (::getpid() == self_) return;
    std::cerr << "a process that a plugin forked came back to the runner's code; only the one that "
                 "was started may, so end this one with _exit"
              << std::endl;
    ::_exit(1);
  }

  void refuse(std::size_t id, const std::string& message) {
    refuse(id, TestOutcome{TestOutcome::Status::error, message});
  }
  void refuse(std::size_t id, const TestOutcome& outcome) {
    channel_.send({{"is", "not_started"}, {"id", id}, {"outcome", outcome}});
  }

  void reap() {
    signalfd_siginfo ignored;
    while (::read(children_.get(), &ignored, sizeof(ignored)) > 0) {
    }
    tests_.reap();
  }

  /// The timeout of `poll` in milliseconds: until `reap` is due; negative for none.
  int poll_timeout() const {
    const auto next = tests_.next_moment();
    if (!next) return -1;
    const auto left = *next - TestProcesses::Clock::now();
    const std::int64_t count = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::max<std::int64_t>(count, 0));
  }

  const pid_t self_ = ::getpid();
  Channel channel_;
  UniqueFd children_;
  PluginHost host_;
  TestProcesses tests_;
  SuiteScopes scopes_;
};

}  // namespace

int run_worker() {
  Worker().serve();
  ::_exit(0);  // no static destructors of the plugins
}

}  // namespace roundtrip
