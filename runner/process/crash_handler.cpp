#include "runner/process/crash_handler.h"

#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "runner/process/backtrace.h"

namespace roundtrip {

namespace {

int stack_fd = -1;

/// Of the handler itself: a stack that has overflowed has no room for it.
alignas(64) std::array<char, 64 * 1024> alternate_stack;

/// Only calls that are safe in a signal handler; backtrace is, once libgcc is loaded.
void handle_crash(int number) {
  constexpr int kMostFrames = 128;
  void* frames[kMostFrames];
  const int count = ::backtrace(frames, kMostFrames);
  for (int i = 0; i < count; ++i) {
    if (::write(stack_fd, kFramePrefix.data(), kFramePrefix.size()) < 0) break;
    ::backtrace_symbols_fd(frames + i, 1, stack_fd);
  }
  ::raise(number);  // SA_RESETHAND has put the default action back
}

}  // namespace

void prepare_crash_handler() {
  void* frame;
  ::backtrace(&frame, 1);
}

void write_stack_on_crash(int fd) {
  stack_fd = fd;
  stack_t stack{};
  stack.ss_sp = alternate_stack.data();
  stack.ss_size = alternate_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = handle_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_NODEFER);
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTERM}) {
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace roundtrip
