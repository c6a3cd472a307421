#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/unique_fd.h"

namespace roundtrip {

/// How a forked process is tied to this one.
struct ChildOptions {
  /// Whether it leads a process group of its own: the terminal's Ctrl-C does not reach it, and a
  /// signal to the group reaches what it starts, too.
  bool leads_group = true;
  /// The signal that it gets when this process ends.
  int signal_at_end = SIGKILL;
};

/// The exit code of a process that could not become a program.
inline constexpr int kNotStarted = 127;

/// Writes what this process has printed.
void flush_output();

/// Forks a process that calls `run`, with no signal blocked, and exits with the code that this
/// returns, without running static destructors (LibTorch's take 0.1 s). Each process flushes its
/// output before: this one forks then, that one exits. Throws std::system_error.
pid_t fork_child(const ChildOptions& options, const std::function<int()>& run);

/// Becomes readable when the process ends. Throws std::system_error, also on a kernel older
/// than 5.3.
UniqueFd open_pidfd(pid_t process);

/// Waits for a child to end; returns its wait status.
int wait_for(pid_t child);

// For the process that this one has become.

/// Standard input is empty from now on.
void close_input();

/// Standard output and standard error go to `fd` from now on.
void redirect_output(int fd);

/// From here on this process may allocate so many bytes more; 0 is no limit. What its libraries
/// have taken does not count.
void limit_memory(std::int64_t bytes);

/// Becomes the program `file`, which is looked for in PATH if it has no slash, called with these
/// words. Returns only if that fails; errno says why.
void execute(const std::string& file, std::vector<std::string> words);

/// "SIGSEGV (Segmentation fault)".
std::string signal_name(int number);

/// A wait status as words: "was killed by SIGSEGV (Segmentation fault)" or
/// "exited with code 3".
std::string describe_exit(int status);

}  // namespace roundtrip
