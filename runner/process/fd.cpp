#include "runner/process/fd.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace roundtrip {

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

UniqueFd::~UniqueFd() {
  reset();
}

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw_errno("pipe2");
  Pipe pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  if (::fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0) throw_errno("fcntl");
  return pipe;
}

std::pair<UniqueFd, UniqueFd> make_socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw_errno("socketpair");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

bool read_waiting(const UniqueFd& pipe, std::string& text) {
  // Reading until the pipe is empty would never end while something floods it.
  int waiting = 0;
  if (::ioctl(pipe.get(), FIONREAD, &waiting) != 0) throw_errno("ioctl");
  const std::size_t old_size = text.size();
  const auto wanted = static_cast<std::size_t>(std::max(waiting, 1));
  text.resize(old_size + wanted);
  const ssize_t got = ::read(pipe.get(), text.data() + old_size, wanted);
  text.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && errno != EAGAIN && errno != EINTR) throw_errno("read");
  return got != 0;
}

void throw_errno(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace roundtrip
