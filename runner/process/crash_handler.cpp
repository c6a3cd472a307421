#include "runner/process/crash_handler.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "runner/process/backtrace.h"

namespace roundtrip {

namespace {

int stack_fd = -1;

/// Of the handler itself: a stack that has overflowed has no room for it.
alignas(64) std::array<char, 64 * 1024> alternate_stack;

/// The dynamic loader has no name for it.
std::array<char, PATH_MAX> executable;

/// Where the thread was when the signal came.
std::uintptr_t interrupted_at(const void* context) {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(registers.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return registers.pc;
#else
#error "the register that holds the address of the next instruction"
#endif
}

/// A line that is written at once, by calls that are safe in a signal handler.
class FrameLine {
 public:
  void add(const char* text) {
    const std::size_t length = std::min(std::strlen(text), text_.size() - 1 - length_);
    std::memcpy(text_.data() + length_, text, length);
    length_ += length;
  }

  void add_hex(std::uintptr_t number) {
    std::array<char, 2 * sizeof(number) + 1> digits{};
    std::size_t start = digits.size() - 1;
    do {
      digits[--start] = "0123456789abcdef"[number % 16];
      number /= 16;
    } while (number > 0);
    add(digits.data() + start);
  }

  void write() {
    text_[length_++] = '\n';
    [[maybe_unused]] const auto written = ::write(stack_fd, text_.data(), length_);
  }

 private:
  std::array<char, PATH_MAX + 64> text_;
  std::size_t length_ = 0;
};

/// The place of the code in its file: in this process alone is it an address.
void write_frame(std::uintptr_t address) {
  Dl_info info;
  link_map* object = nullptr;
  const bool is_known = ::dladdr1(reinterpret_cast<const void*>(address), &info,
                                  reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) != 0;
  FrameLine line;
  line.add(kFramePrefix.data());
  line.add_hex(is_known ? address - object->l_addr : address);
  line.add(" ");
  if (is_known) line.add(*object->l_name == '\0' ? executable.data() : object->l_name);
  line.write();
}

/// backtrace is safe here, once libgcc is loaded. What it returns are the addresses to which calls
/// return, but where the signal came the address itself; above that is this handler.
void handle_crash(int number, siginfo_t*, void* context) {
  constexpr int kMostFrames = 128;
  void* frames[kMostFrames];
  void** const end = frames + ::backtrace(frames, kMostFrames);
  void** const crashed = std::find(frames, end, reinterpret_cast<void*>(interrupted_at(context)));
  void** const first = crashed == end ? frames : crashed;
  for (void** frame = first; frame != end; ++frame) {
    write_frame(reinterpret_cast<std::uintptr_t>(*frame) - (frame == crashed ? 0 : 1));
  }
  ::raise(number);  // SA_RESETHAND has put the default action back
}

}  // namespace

void prepare_crash_handler() {
  void* frame;
  ::backtrace(&frame, 1);
  const auto length = ::readlink("/proc/self/exe", executable.data(), executable.size() - 1);
  executable[length > 0 ? static_cast<std::size_t>(length) : 0] = '\0';
}

void write_stack_on_crash(int fd) {
  stack_fd = fd;
  stack_t stack{};
  stack.ss_sp = alternate_stack.data();
  stack.ss_size = alternate_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = handle_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_NODEFER | SA_SIGINFO);
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTERM}) {
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace roundtrip
