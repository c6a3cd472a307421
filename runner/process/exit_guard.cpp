#include "runner/process/exit_guard.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace roundtrip {

namespace {

std::function<int()> guard;
std::optional<int> final_status;
pid_t guarded = -1;

[[noreturn]] void end_process(int status) {
  while (true) ::syscall(SYS_exit_group, status);
}

/// The status that the process is to end with, where something ends it early.
int guarded_status(int status) {
  if (::getpid() != guarded) return status;
  return guard ? std::exchange(guard, nullptr)() : final_status.value_or(status);
}

/// Where the process would be gone with its results.
void end_if_guarded() {
  if (guard && ::getpid() == guarded) end_process(guarded_status(0));
}

void at_exit() {
  end_if_guarded();
}

/// Calls the C library's function of this name.
template <typename... Arguments>
int exec(const char* name, Arguments... arguments) {
  end_if_guarded();
  using Function = int(Arguments...);
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name))(arguments...);
}

/// The words of `execl` and the like, which a null pointer ends.
std::vector<char*> words_of(const char* first, std::va_list& more) {
  std::vector<char*> words;
  for (const char* word = first; word != nullptr; word = va_arg(more, const char*)) {
    words.push_back(const_cast<char*>(word));
  }
  words.push_back(nullptr);
  return words;
}

}  // namespace

ExitGuard::ExitGuard(std::function<int()> handler) {
  static const bool registered = std::atexit(at_exit) == 0 && std::at_quick_exit(at_exit) == 0;
  if (!registered) std::abort();
  guarded = ::getpid();
  guard = std::move(handler);
}

void ExitGuard::finish(int status) {
  guard = nullptr;
  final_status = status;
}

ExitGuard::~ExitGuard() {
  guard = nullptr;
}

}  // namespace roundtrip

// These stand before the C library's, for the plugins, too.
extern "C" [[gnu::visibility("default"), noreturn]] void _exit(int status) {
  roundtrip::end_process(roundtrip::guarded_status(status));
}
extern "C" [[gnu::visibility("default"), noreturn]] void _Exit(int status) noexcept {
  ::_exit(status);
}

extern "C" {
#pragma GCC visibility push(default)

int execve(const char* path, char* const words[], char* const environment[]) noexcept {
  return roundtrip::exec("execve", path, words, environment);
}
int execv(const char* path, char* const words[]) noexcept {
  return roundtrip::exec("execv", path, words);
}
int execvp(const char* file, char* const words[]) noexcept {
  return roundtrip::exec("execvp", file, words);
}
int execvpe(const char* file, char* const words[], char* const environment[]) noexcept {
  return roundtrip::exec("execvpe", file, words, environment);
}
int fexecve(int file, char* const words[], char* const environment[]) noexcept {
  return roundtrip::exec("fexecve", file, words, environment);
}
int execveat(int folder, const char* path, char* const words[], char* const environment[],
             int flags) noexcept {
  return roundtrip::exec("execveat", folder, path, words, environment, flags);
}
int execl(const char* path, const char* word, ...) noexcept {
  std::va_list more;
  va_start(more, word);
  const std::vector<char*> words = roundtrip::words_of(word, more);
  va_end(more);
  return ::execv(path, words.data());
}
int execlp(const char* file, const char* word, ...) noexcept {
  std::va_list more;
  va_start(more, word);
  const std::vector<char*> words = roundtrip::words_of(word, more);
  va_end(more);
  return ::execvp(file, words.data());
}
int execle(const char* path, const char* word, ...) noexcept {
  std::va_list more;
  va_start(more, word);
  const std::vector<char*> words = roundtrip::words_of(word, more);
  char* const* environment = va_arg(more, char* const*);
  va_end(more);
  return ::execve(path, words.data(), environment);
}

#pragma GCC visibility pop
}
