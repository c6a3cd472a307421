#include "runner/process/set_up.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>

#include "runner/process/fd.h"
#include "runner/process/process_tree.h"
#include "runner/text/utf8.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// From SIGTERM to SIGKILL.
constexpr auto kGrace = 2s;

/// An empty file that is removed when the object ends.
class TemporaryFile {
 public:
  TemporaryFile() : path_((std::filesystem::temp_directory_path() / "roundtrip-XXXXXX").string()) {
    fd_ = UniqueFd(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd_.is_open()) throw_errno("mkostemp");
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

  /// What it holds now, at most `limit` bytes of its end.
  std::string tail(std::size_t limit) const {
    std::ifstream file(path_, std::ios::binary | std::ios::ate);
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
    file.seekg(static_cast<std::streamoff>(size > limit ? size - limit : 0));
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

int become_command(const SetUpEntry& entry, const TemporaryFile& output,
                   const TemporaryFile& variables) {
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGTTOU, SIG_DFL);
  close_input();
  redirect_output(output.fd());
  ::setenv("ROUNDTRIP_ENV", variables.path().c_str(), 1);
  if (::chdir(entry.folder.c_str()) == 0) execute("/bin/sh", {"sh", "-c", entry.command});
  std::perror(entry.folder.c_str());
  return kNotStarted;
}

/// Variables as a command wrote them; `fault` says which line is none.
std::map<std::string, std::string> parse_variables(const std::string& text, std::string& fault) {
  std::map<std::string, std::string> variables;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (line.empty()) continue;
    if (equals == 0 || equals == std::string::npos || line.find('\0') != std::string::npos) {
      fault = fmt::format("wrote '{}' to ROUNDTRIP_ENV, which is no NAME=VALUE", valid_utf8(line));
      return {};
    }
    variables[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return variables;
}

/// One command that runs.
class Command {
 public:
  explicit Command(const SetUpEntry& entry) : entry_(entry) {
    pid_ = fork_child({.signal_at_end = SIGTERM},
                      [this] { return become_command(entry_, output_, variables_); });
    pidfd_ = open_pidfd(pid_);
  }

  pid_t pid() const { return pid_; }

  /// Returns when it has ended, its time is over, or the user interrupts: false then.
  bool wait(Interrupts& interrupts) {
    const auto limit = std::chrono::duration<double>(entry_.timeout);
    auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
    while (!has_ended_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return true;
      pollfd fds[] = {{pidfd_.get(), POLLIN, 0}, {interrupts.fd(), POLLIN, 0}};
      const std::int64_t timeout = std::min<std::int64_t>(left.count(), 60'000);
      if (::poll(fds, 2, static_cast<int>(timeout)) < 0 && errno != EINTR) throw_errno("poll");
      const auto [ends, stops] = fds[1].revents ? interrupts.take() : Interrupts::Count{};
      if (stops > 0) deadline += pause(interrupts);
      if (ends > 0) return false;
      has_ended_ = fds[0].revents != 0;
    }
    return true;
  }

  /// Why it failed; empty when it did not, and `variables` are what it wrote then.
  std::string fault(std::map<std::string, std::string>& variables) const {
    std::string fault = how_it_failed();
    constexpr std::size_t kMostVariables = 1 << 20;
    if (fault.empty()) variables = parse_variables(variables_.tail(kMostVariables), fault);
    if (fault.empty()) return "";
    constexpr std::size_t kShown = 4096;
    const std::string output = valid_utf8(output_.tail(kShown));
    fault = fmt::format("the set-up '{}' {}: {}", entry_.name.text, fault, entry_.command);
    return output.empty() ? fault : fault + "\n" + output;
  }

 private:
  /// Stops with the runner, which the user has stopped; returns how long.
  Clock::duration pause(Interrupts& interrupts) const {
    const auto since = Clock::now();
    ::kill(-pid_, SIGSTOP);
    interrupts.stop_process();
    ::kill(-pid_, SIGCONT);
    return Clock::now() - since;
  }

  std::string how_it_failed() const {
    if (!has_ended_) return fmt::format("did not finish within {} s", entry_.timeout);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    const bool has_exited = info.si_code == CLD_EXITED;
    if (has_exited && info.si_status == 0) return "";
    return describe_exit(has_exited ? W_EXITCODE(info.si_status, 0) : info.si_status);
  }

  const SetUpEntry& entry_;
  TemporaryFile output_;
  TemporaryFile variables_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  bool has_ended_ = false;
};

}  // namespace

bool SetUp::run(const std::vector<SetUpEntry>& entries, const std::vector<PlannedTest*>& tests,
                Interrupts& interrupts) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a command leaves running is found, and ended
  for (const auto& entry : entries) {
    std::vector<PlannedTest*> selected;
    std::copy_if(tests.begin(), tests.end(), std::back_inserter(selected), [&](const auto* test) {
      return test->skip_reason.empty() && entry.filter.matches(filter_subject(*test));
    });
    if (selected.empty()) continue;
    std::cerr << fmt::format("setting up {}: {}", entry.name.text, entry.command) << std::endl;
    const auto before = children_of(::getpid());
    Command command(entry);
    groups_.push_back(command.pid());
    const bool goes_on = command.wait(interrupts);
    for (const pid_t child : children_of(::getpid())) {
      const bool is_new = std::find(before.begin(), before.end(), child) == before.end();
      if (is_new) started_.push_back(child);
    }
    if (!goes_on) return false;
    std::map<std::string, std::string> variables;
    const std::string fault = command.fault(variables);
    if (!fault.empty()) std::cerr << "error: " << fault << std::endl;
    for (auto* test : selected) {
      if (test->fault.empty()) test->fault = fault;
      test->environment.insert(variables.begin(), variables.end());  // overrides go before
    }
  }
  return true;
}

SetUp::~SetUp() {
  const auto signal_all = [&](int number) {
    for (const pid_t group : groups_) ::kill(-group, number);
    for (const pid_t process : started_) ::kill(process, number);
  };
  signal_all(SIGTERM);
  const auto deadline = Clock::now() + kGrace;
  const auto is_running = [](pid_t process) {
    siginfo_t info{};
    const auto id = static_cast<id_t>(process);
    ::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT);
    return info.si_pid == 0;
  };
  while (Clock::now() < deadline && std::any_of(started_.begin(), started_.end(), is_running)) {
    std::this_thread::sleep_for(20ms);
  }
  signal_all(SIGKILL);
  for (const pid_t process : started_) wait_for(process);
}

}  // namespace roundtrip
