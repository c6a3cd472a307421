#include "runner/process/crash_handler.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <span>

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
class Line {
 public:
  void add(const char* text) {
    const std::size_t length = std::min(std::strlen(text), text_.size() - 1 - length_);
    std::memcpy(text_.data() + length_, text, length);
    length_ += length;
  }

  void add_number(std::uintptr_t number, unsigned base) {
    std::array<char, 24> digits{};
    std::size_t start = digits.size() - 1;
    do {
      digits[--start] = "0123456789abcdef"[number % base];
      number /= base;
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

/// The code's offset in its file: its address means something in this process only.
void write_frame(std::string_view prefix, std::uintptr_t address) {
  Dl_info info;
  link_map* object = nullptr;
  const bool is_known = ::dladdr1(reinterpret_cast<const void*>(address), &info,
                                  reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) != 0;
  Line line;
  line.add(prefix.data());
  line.add_number(is_known ? address - object->l_addr : address, 16);
  line.add(" ");
  if (is_known) line.add(*object->l_name == '\0' ? executable.data() : object->l_name);
  line.write();
}

/// What returns to these addresses.
void write_calls(std::string_view prefix, std::span<const void* const> addresses) {
  for (const void* address : addresses) {
    write_frame(prefix, reinterpret_cast<std::uintptr_t>(address) - 1);
  }
}

/// Of the thread that runs, which a signal has interrupted. backtrace is safe here, once libgcc is
/// loaded. What it returns are the addresses to which calls return, but where the signal came the
/// address itself; above that is the handler.
void write_interrupted_stack(const void* context) {
  constexpr int kMostFrames = 128;
  void* frames[kMostFrames];
  void** const end = frames + ::backtrace(frames, kMostFrames);
  void** const stopped = std::find(frames, end, reinterpret_cast<void*>(interrupted_at(context)));
  if (stopped == end) return write_calls(kFramePrefix, {frames, end});
  write_frame(kFramePrefix, reinterpret_cast<std::uintptr_t>(*stopped));
  write_calls(kFramePrefix, {stopped + 1, end});
}

void write_thread(pid_t thread, const char* name) {
  Line line;
  line.add(kThreadPrefix.data());
  line.add(name);
  line.add(" (");
  line.add_number(static_cast<std::uintptr_t>(thread), 10);
  line.add(")");
  line.write();
}

void write_this_thread(const void* context) {
  std::array<char, 16> name{};  // as long as the kernel has them
  ::prctl(PR_GET_NAME, name.data());
  const bool is_main = ::gettid() == ::getpid();
  write_thread(::gettid(), is_main ? "main" : name.data());
  write_interrupted_stack(context);
}

/// The thread that is asked for its stack, and whether it has begun to write it, and ended.
std::atomic<pid_t> asked;
std::atomic<bool> has_begun;
std::atomic<bool> has_answered;

void answer(int, siginfo_t*, void* context) {
  if (::gettid() != asked) return;  // nobody waits for it any more
  has_begun = true;
  write_this_thread(context);
  has_answered = true;
}

void wait_a_millisecond() {
  const timespec time{0, 1'000'000};
  ::nanosleep(&time, nullptr);
}

void ask(pid_t thread, int number) {
  constexpr int kTimeout = 100;  // milliseconds, for one that blocks signals
  constexpr int kMore = 1000;    // for one that writes
  has_begun = has_answered = false;
  asked = thread;
  ::syscall(SYS_tgkill, ::getpid(), thread, number);
  for (int i = 0; i < (has_begun ? kMore : kTimeout) && !has_answered; ++i) wait_a_millisecond();
  asked = 0;
  if (!has_begun) write_thread(thread, "a thread that does not answer");
}

/// What getdents64 writes: <dirent.h> may allocate.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

pid_t number_of(const char* digits) {
  pid_t number = 0;
  for (; *digits >= '0' && *digits <= '9'; ++digits) number = number * 10 + (*digits - '0');
  return number;
}

void write_other_threads() {
  constexpr int kMostThreads = 256;
  const int number = SIGRTMAX - 1;
  struct sigaction action {};
  action.sa_sigaction = answer;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESTART);
  ::sigaction(number, &action, nullptr);
  const int folder = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  alignas(Entry) std::array<char, 4096> entries;
  int count = 0;
  while (true) {
    const long size = ::syscall(SYS_getdents64, folder, entries.data(), entries.size());
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const Entry*>(entries.data() + at);
      const pid_t thread = number_of(entry->name);
      if (thread > 0 && thread != ::gettid() && ++count < kMostThreads) ask(thread, number);
      at += entry->length;
    }
  }
  ::close(folder);
}

void handle_crash(int number, siginfo_t*, void* context) {
  if (number == SIGTERM) {
    write_this_thread(context);
    write_other_threads();
  } else {
    write_interrupted_stack(context);
  }
  ::raise(number);  // SA_RESETHAND has put the default action back
}

}  // namespace

void prepare_crash_handler() {
  void* frame;
  ::backtrace(&frame, 1);
  const ssize_t length = ::readlink("/proc/self/exe", executable.data(), executable.size() - 1);
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

void write_throw(std::span<const void* const> addresses) {
  if (stack_fd >= 0) write_calls(kThrownPrefix, addresses);
}

}  // namespace roundtrip
