#include "runner/process/test_processes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "runner/process/process_tree.h"
#include "support/child_process.h"

namespace roundtrip {

namespace {

using namespace std::chrono_literals;

/// Helpers that end when their pipe to the test breaks need a moment for it.
constexpr auto kStrayGrace = 200ms;

void kill_tree(pid_t root, std::set<pid_t>& killed) {
  auto all = descendants_of(root);
  all.push_back(root);
  for (const pid_t process : all) {
    ::kill(process, SIGKILL);
    killed.insert(process);
  }
}

}  // namespace

void TestProcesses::reap() {
  // In this order: a stray that is seen before the ended tests are was left by one of them.
  const auto strays = find_strays();
  const auto now = Clock::now();
  assign(strays, take_ended(now));
  std::vector<pid_t> over;
  std::map<pid_t, LeftProcess> left;  // looked at before any of them is ended
  for (auto& [process, test] : tests_) {
    if (!is_over(test, strays, now)) continue;
    over.push_back(process);
    for (const pid_t stray : test.strays) left.emplace(stray, describe_process(stray));
  }
  for (const pid_t process : over) conclude(process, left);
}

/// Children that are not tests and have not ended.
std::set<pid_t> TestProcesses::find_strays() {
  std::set<pid_t> strays;
  for (const pid_t child : children_.list()) {
    if (tests_.count(child) == 0 && ::waitpid(child, nullptr, WNOHANG) == 0) strays.insert(child);
  }
  std::erase_if(owned_, [&](pid_t process) { return ::kill(process, 0) != 0; });
  return strays;
}

/// Tests that have ended since the last time.
std::vector<pid_t> TestProcesses::take_ended(Clock::time_point now) {
  std::vector<pid_t> ended;
  for (auto& [process, test] : tests_) {
    if (test.deadline || !has_ended(process, test)) continue;
    test.deadline = now + kStrayGrace;
    ended.push_back(process);
  }
  return ended;
}

/// Also reports a test that has stopped or continued. A process that has ended stays a zombie: its
/// number, which is also its group's, is not reused until it is waited for.
bool TestProcesses::has_ended(pid_t process, const Test& test) {
  constexpr int kNews = WEXITED | WSTOPPED | WCONTINUED;
  while (true) {
    siginfo_t info{};
    const auto id = static_cast<id_t>(process);
    if (::waitid(P_PID, id, &info, kNews | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return false;
    if (info.si_code != CLD_STOPPED && info.si_code != CLD_CONTINUED) return true;
    ::waitid(P_PID, id, &info, WSTOPPED | WCONTINUED | WNOHANG);
    const bool goes_on = info.si_code == CLD_CONTINUED;
    tell_(test.id, goes_on ? __W_CONTINUED : W_STOPCODE(info.si_status), {});
  }
}

/// Assigns strays without an owner to the tests that have just ended; if none has, they belong to a
/// test that was killed with everything it had left.
void TestProcesses::assign(const std::set<pid_t>& strays, const std::vector<pid_t>& ended) {
  for (const pid_t stray : strays) {
    if (owned_.count(stray) > 0) continue;
    if (ended.empty()) {
      kill_tree(stray, owned_);
      continue;
    }
    owned_.insert(stray);
    for (const pid_t process : ended) tests_.at(process).strays.push_back(stray);
  }
}

/// Whether the test has ended, and its strays have ended or used up their time.
bool TestProcesses::is_over(Test& test, const std::set<pid_t>& strays, Clock::time_point now) {
  if (!test.deadline) return false;
  std::erase_if(test.strays, [&](pid_t stray) { return strays.count(stray) == 0; });
  return test.strays.empty() || now >= *test.deadline;
}

void TestProcesses::conclude(pid_t process, const std::map<pid_t, LeftProcess>& left) {
  const Test test = tests_.at(process);
  tests_.erase(process);
  std::vector<LeftProcess> of_test;
  for (const pid_t stray : test.strays) {
    of_test.push_back(left.at(stray));
    kill_tree(stray, owned_);
  }
  ::kill(-process, SIGKILL);
  tell_(test.id, wait_for(process), of_test);
}

std::optional<TestProcesses::Clock::time_point> TestProcesses::next_moment() const {
  std::optional<Clock::time_point> next;
  for (const auto& [process, test] : tests_) {
    if (test.deadline && (!next || *test.deadline < *next)) next = test.deadline;
  }
  return next;
}

}  // namespace roundtrip
