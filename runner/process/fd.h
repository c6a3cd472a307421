#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "support/unique_fd.h"

namespace roundtrip {

// Every descriptor made here closes on exec.

/// Another descriptor of the same file.
UniqueFd duplicate(int fd);

/// A pipe whose reading end does not block.
struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
Pipe make_pipe();

/// Two ends of a connected local stream socket.
std::pair<UniqueFd, UniqueFd> make_socket_pair();

/// The bytes that wait in `pipe` now, at most what a pipe can hold, appended to
/// `text`. False at the end of the stream.
bool read_waiting(const UniqueFd& pipe, std::string& text);

/// A pipe whose reader learns from the kernel which process wrote.
Pipe make_signed_pipe();

/// Bytes that one process wrote.
struct SignedBytes {
  pid_t writer = -1;
  std::string bytes{};
};

/// The same of a signed pipe, in the order in which it was written.
bool read_waiting(const UniqueFd& pipe, std::vector<SignedBytes>& parts);

/// Throws std::system_error from errno, naming the call that failed.
[[noreturn]] void throw_errno(const char* call);

}  // namespace roundtrip
