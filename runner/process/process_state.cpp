#include "runner/process/process_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <cstring>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace roundtrip {

namespace {

using Changes = std::vector<std::string>;

/// Whether numbers too small for a normal representation count as zero: libraries that are
/// linked with -ffast-math say so for the whole process when they are loaded.
unsigned small_numbers() {
#ifdef __SSE__
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  return _mm_getcsr() & (kFlushToZero | kDenormalsAreZero);
#else
  return 0;
#endif
}

void set_small_numbers([[maybe_unused]] unsigned bits) {
#ifdef __SSE__
  _mm_setcsr((_mm_getcsr() & ~small_numbers()) | bits);
#endif
}

mode_t current_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

bool same_action(const struct sigaction& left, const struct sigaction& right) {
  return left.sa_handler == right.sa_handler && left.sa_flags == right.sa_flags;
}

void restore_actions(const std::array<struct sigaction, NSIG>& actions, Changes& changes) {
  for (int number = 1; number < NSIG; ++number) {
    const auto& before = actions[static_cast<std::size_t>(number)];
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) != 0 || same_action(before, now)) continue;
    ::sigaction(number, &before, nullptr);
    const char* name = ::sigabbrev_np(number);
    changes.push_back("what " + (name ? "SIG" + std::string(name) : std::to_string(number)) +
                      " does");
  }
}

void restore_blocked(const sigset_t& before, Changes& changes) {
  sigset_t now;
  ::sigprocmask(SIG_SETMASK, &before, &now);
  for (int number = 1; number < NSIG; ++number) {
    if (::sigismember(&before, number) == ::sigismember(&now, number)) continue;
    changes.push_back("which signals are blocked");
    return;
  }
}

void restore_limits(const std::array<rlimit, RLIM_NLIMITS>& limits, Changes& changes) {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    const auto kind = static_cast<__rlimit_resource_t>(resource);
    const rlimit& before = limits[static_cast<std::size_t>(resource)];
    rlimit now{};
    ::getrlimit(kind, &now);
    if (before.rlim_cur == now.rlim_cur && before.rlim_max == now.rlim_max) continue;
    const bool is_back = ::setrlimit(kind, &before) == 0;
    changes.push_back(is_back ? "a resource limit"
                              : "a resource limit (for good: only root may raise it again)");
  }
}

void restore_folder(const UniqueFd& folder, Changes& changes) {
  struct stat before {
  }, now{};
  if (::fstat(folder.get(), &before) != 0 || ::stat(".", &now) != 0) return;
  if (before.st_dev == now.st_dev && before.st_ino == now.st_ino) return;
  if (::fchdir(folder.get()) == 0) changes.push_back("the working directory");
}

bool same_file(int left, int right) {
  struct stat one {
  }, other{};
  return ::fstat(left, &one) == 0 && ::fstat(right, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino && one.st_rdev == other.st_rdev;
}

/// One that was closed from the start stays closed.
void restore_streams(const std::array<UniqueFd, 3>& streams, Changes& changes) {
  constexpr std::array kNames = {"standard input", "standard output", "standard error"};
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const int stream = static_cast<int>(i);
    if (!streams[i].is_open() || same_file(streams[i].get(), stream)) continue;
    if (::dup2(streams[i].get(), stream) == stream) changes.emplace_back(kNames[i]);
  }
}

}  // namespace

ProcessState::ProcessState()
    : umask_(current_umask()),
      c_locale_(std::setlocale(LC_ALL, nullptr)),
      folder_(::open(".", O_PATH | O_CLOEXEC)),
      rounding_(std::fegetround()),
      small_numbers_(small_numbers()) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    streams_[i] = UniqueFd(::fcntl(static_cast<int>(i), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
  for (int number = 1; number < NSIG; ++number) {
    ::sigaction(number, nullptr, &actions_[static_cast<std::size_t>(number)]);
  }
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked_);
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    ::getrlimit(static_cast<__rlimit_resource_t>(resource),
                &limits_[static_cast<std::size_t>(resource)]);
  }
}

std::vector<std::string> ProcessState::restore() const {
  Changes changes;
  restore_actions(actions_, changes);
  restore_blocked(blocked_, changes);
  if (::umask(umask_) != umask_) changes.push_back("the umask");
  const bool same_locale = std::locale() == locale_;
  if (!same_locale) std::locale::global(locale_);
  if (!same_locale || std::setlocale(LC_ALL, nullptr) != c_locale_) {
    std::setlocale(LC_ALL, c_locale_.c_str());
    changes.push_back("the locale");
  }
  restore_limits(limits_, changes);
  restore_folder(folder_, changes);
  restore_streams(streams_, changes);
  if (std::fegetround() != rounding_ || small_numbers() != small_numbers_) {
    std::fesetround(rounding_);
    set_small_numbers(small_numbers_);
    changes.push_back("how small numbers are rounded");
  }
  return changes;
}

}  // namespace roundtrip
