#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plain_suite.h"

// Tests that do to a runner what no test should do.

using namespace plain;

namespace {

TestOutcome segfault(const Call&) {
  std::printf("last words\n");
  ::raise(SIGSEGV);  // here
  return {};
}

/// Recursion that the compiler can neither see through nor turn into a loop.
int recurse(int depth) {
  volatile char frame[4096];
  frame[depth % 4096] = static_cast<char>(depth);
  if (frame[depth % 4096] != static_cast<char>(depth)) return 0;
  return recurse(depth + 1) + frame[0];
}

TestOutcome overflow_stack(const Call&) {
  return {Status::passed, std::to_string(recurse(0))};
}

TestOutcome throw_out(const Call&) {
  throw std::runtime_error("left the suite");
}

TestOutcome ignore_sigterm(const Call&) {
  ::signal(SIGTERM, SIG_IGN);
  std::printf("still here\n");
  while (true) ::pause();
}

TestOutcome exec_nothing(const Call&) {
  const char* const words[] = {"true", nullptr};
  ::execvp("true", const_cast<char* const*>(words));
  return {Status::failed, "not executed"};
}

TestOutcome exec_words(const Call&) {
  ::execlp("true", "true", nullptr);
  return {Status::failed, "not executed"};
}

TestOutcome flood(const Call&) {
  std::printf("first line\n");
  const std::string line(1023, 'x');
  for (int i = 0; i < 20'000; ++i) std::printf("%s\n", line.c_str());
  std::printf("last line\n");
  return {Status::failed, "flooded"};
}

TestOutcome print_garbage(const Call&) {
  const char bytes[] = "caf\xC3\xA9 \xFF\xFE \x01\x1B[31m ]]> <&> \xEF\xBF\xBF\r\n";
  std::fwrite(bytes, 1, sizeof(bytes) - 1, stdout);
  return {Status::failed, bytes};
}

TestOutcome hold_pipe(const Call&) {
  if (::fork() == 0) ::sleep(60);
  return {};
}

/// The same out of reach: in a session of its own, and it floods the pipe.
TestOutcome hold_pipe_as_daemon(const Call&) {
  if (::fork() == 0) {
    ::setsid();
    for (int i = 0; i < 1000; ++i) {
      std::printf("from the daemon %d\n", i);
      std::fflush(stdout);
      ::usleep(5000);
    }
    ::_exit(0);
  }
  return {};
}

/// Ignores SIGTERM, and shortly before the grace period is over leaves a file behind.
TestOutcome outlive_sigterm(const Call& call) {
  static const std::string file = call.options.text("folder") + "/outlived";
  ::signal(SIGTERM, [](int) {
    ::usleep(1'800'000);
    ::close(::creat(file.c_str(), 0600));
  });
  std::printf("ready\n");
  std::fflush(stdout);
  while (true) ::pause();
}

/// Leaves the number of its helper for the test to look at.
TestOutcome leave_helper(const Call& call) {
  const pid_t helper = ::fork();
  if (helper == 0) {
    while (true) ::pause();
  }
  std::FILE* file = std::fopen((call.options.text("folder") + "/helper").c_str(), "w");
  std::fprintf(file, "%d", helper);
  std::fclose(file);
  return {};
}

TestOutcome kill_worker(const Call&) {
  ::kill(::getppid(), SIGKILL);
  while (true) ::pause();
}

/// Also sees to it that no new worker can load this plugin.
TestOutcome kill_worker_for_good(const Call& call) {
  ::unlink(call.options.text("library").c_str());
  return kill_worker(call);
}

TestOutcome stop_worker(const Call&) {
  ::kill(::getppid(), SIGSTOP);
  while (true) ::pause();
}

/// Forges an outcome on every descriptor it finds, then crashes.
TestOutcome forge(const Call&) {
  const char line[] = "{\"status\":\"passed\",\"message\":\"\"}\nnot json\n";
  for (int fd = 3; fd < 64; ++fd) (void)!::write(fd, line, sizeof(line) - 1);
  std::abort();
}

/// A child that comes back from the test, as if it were the test, which ends without a word.
TestOutcome let_a_child_speak(const Call&) {
  const pid_t child = ::fork();
  if (child == 0) return {Status::passed, "from the child"};
  ::waitpid(child, nullptr, 0);
  ::_exit(0);
}

/// The same where the child ends the process as the runner's own code does, and the test
/// comes back, too.
TestOutcome let_a_child_speak_first(const Call&) {
  const pid_t child = ::fork();
  if (child == 0) return {Status::passed, "from the child"};
  ::waitpid(child, nullptr, 0);
  return {Status::failed, "from the test"};
}

/// Writes outcomes as if it knew how, then ends well.
TestOutcome forge_and_exit(const Call&) {
  const char lines[] =
      "{\"status\":\"passed\",\"message\":\"\"}\n"
      "{\"token\":\"\",\"outcome\":{\"status\":\"passed\",\"message\":\"\",\"subcases\":[]}}\n";
  for (int fd = 3; fd < 64; ++fd) (void)!::write(fd, lines, sizeof(lines) - 1);
  ::_exit(0);
}

/// What the kernel does to a background process that writes to the terminal.
TestOutcome stop_itself(const Call&) {
  ::raise(SIGTTOU);
  return {};
}

/// Stopped, but its child lets it go on.
TestOutcome stop_and_go_on(const Call&) {
  const pid_t test = ::getpid();
  if (::fork() == 0) {
    ::usleep(100'000);
    ::kill(test, SIGCONT);
    ::_exit(0);
  }
  ::raise(SIGSTOP);
  return {};
}

TestOutcome wait_a_little(const Call&) {
  ::usleep(300'000);
  return {};
}

TestOutcome say_much(const Call&) {
  return {Status::failed, std::string(50'000'000, 'm')};
}

TestOutcome crash_in_thread(const Call&) {
  std::thread([] {
    ::raise(SIGBUS);
    ::usleep(1);  // the call above is not the last, which would leave no frame
  }).join();
  return {};
}

[[gnu::noinline]] void wait_in_thread() {
  while (true) ::pause();
}

/// Blocks all signals, so that nobody can ask it what it does.
void wait_deaf() {
  ::prctl(PR_SET_NAME, "deaf");
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  wait_in_thread();
}

TestOutcome hang_in_threads(const Call&) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(wait_in_thread);
  threads.emplace_back(wait_deaf);
  for (auto& thread : threads) thread.join();
  return {};
}

/// Crashes in a static destructor, which runs only where the process is taken down in order.
struct CrashesLast {
  ~CrashesLast() {
    if (armed) ::raise(SIGSEGV);
  }
  bool armed = false;
};
CrashesLast crashes_last;

TestOutcome pass_then_crash(const Call&) {
  crashes_last.armed = true;
  return {};
}

TestOutcome eat_memory(const Call&) {
  std::vector<std::string> eaten;
  for (int i = 0; i < 200; ++i) eaten.emplace_back(1024 * 1024, 'm');
  return {Status::passed, std::to_string(eaten.size())};
}

/// What the kernel does when it is out of memory.
TestOutcome oom_killed(const Call&) {
  ::raise(SIGKILL);
  return {};
}

/// Works for half a second, as the clock of this process sees it.
TestOutcome work_a_while(const Call&) {
  for (int i = 0; i < 50; ++i) ::usleep(10'000);
  return {};
}

/// Passes, and sees to it that its process says so of everything.
TestOutcome exit_well_at_the_end(const Call&) {
  std::atexit([] { ::_exit(0); });
  return {};
}

const std::vector<Test> kMisbehaving{
    {{.name = "test_a_neighbour"}, wait_a_little},
    {{.name = "test_abort"}, [](const Call&) -> TestOutcome { std::abort(); }},
    {{.name = "test_bus_error_in_thread"}, crash_in_thread},
    {{.name = "test_daemon"}, hold_pipe_as_daemon},
    {{.name = "test_eat_memory"}, eat_memory},
    {{.name = "test_oom_killed"}, oom_killed},
    {{.name = "test_pass_then_crash"}, pass_then_crash},
    {{.name = "test_work_a_while"}, work_a_while},
    {{.name = "test_at_exit"}, exit_well_at_the_end},
    {{.name = "test_exec"}, exec_nothing},
    {{.name = "test_exec_words"}, exec_words},
    {{.name = "test_exit"}, [](const Call&) -> TestOutcome { std::exit(0); }},
    {{.name = "test_exit_quickly"}, [](const Call&) -> TestOutcome { ::_exit(3); }},
    {{.name = "test_quick_exit"}, [](const Call&) -> TestOutcome { std::quick_exit(0); }},
    {{.name = "test_flood"}, flood},
    {{.name = "test_forge"}, forge},
    {{.name = "test_forge_and_exit"}, forge_and_exit},
    {{.name = "test_fork_and_exit"}, let_a_child_speak},
    {{.name = "test_fork_and_fail"}, let_a_child_speak_first},
    {{.name = "test_garbage"}, print_garbage},
    {{.name = "test_grandchild"}, hold_pipe},
    {{.name = "test_helper"}, leave_helper},
    {{.name = "test_hang"}, ignore_sigterm},
    {{.name = "test_hang_in_threads"}, hang_in_threads},
    {{.name = "test_kill_worker"}, kill_worker},
    {{.name = "test_kill_worker_for_good"}, kill_worker_for_good},
    {{.name = "test_long_message"}, say_much},
    {{.name = "test_outlive"}, outlive_sigterm},
    {{.name = "test_segfault"}, segfault},
    {{.name = "test_segfault_expected", .xfail = {{"serdes"}}}, segfault},
    {{.name = "test_stack_overflow"}, overflow_stack},
    {{.name = "test_stop_and_go_on"}, stop_and_go_on},
    {{.name = "test_stop_itself"}, stop_itself},
    {{.name = "test_stop_worker"}, stop_worker},
    {{.name = "test_throws"}, throw_out},
    {{.name = "test_z_neighbour"}, wait_a_little},
};

class CrashesInList final : public roundtrip::Suite {
 public:
  std::vector<roundtrip::TestInfo> tests() const override { std::abort(); }
  TestOutcome run(const roundtrip::TestRun&,
                  const std::vector<const roundtrip::Transform*>&) const override {
    return {};
  }
};
ROUNDTRIP_SUITE_CLASS(CrashesInList, "CrashesInList", "crashes while it lists its tests");

const OfferSuite offer_misbehaving("Misbehaving", kMisbehaving,
                                   {roundtrip::path_option("folder", ".", "where files are made"),
                                    roundtrip::path_option("library", "",
                                                           "the library to remove")});
const OfferTransform offer_nothing("nothing", "does nothing");
const roundtrip::detail::RegisterTransform register_refuses(
    {"refuses",
     "cannot be made",
     {},
     [](const auto&) -> std::shared_ptr<const roundtrip::Transform> {
       throw std::runtime_error("no licence for this");
     }});

}  // namespace

ROUNDTRIP_PLUGIN("misbehaving", "1.0", "Tests that do not behave");
