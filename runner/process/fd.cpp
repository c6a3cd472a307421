#include "runner/process/fd.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace roundtrip {

UniqueFd duplicate(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) throw_errno("fcntl");
  return copy;
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

namespace {

/// How much to read now: the bytes that are there, or one, to see the end of the stream. Reading
/// until the pipe is empty would never end while something floods it.
std::size_t count_waiting(const UniqueFd& pipe) {
  int waiting = 0;
  if (::ioctl(pipe.get(), FIONREAD, &waiting) != 0) throw_errno("ioctl");
  return static_cast<std::size_t>(std::max(waiting, 1));
}

pid_t writer_of(msghdr& header) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    ucred writer;
    std::memcpy(&writer, CMSG_DATA(part), sizeof(writer));
    return writer.pid;
  }
  return -1;
}

/// What one process wrote, of the next `most` bytes; negative when there is nothing.
ssize_t read_signed(const UniqueFd& pipe, std::size_t most, SignedBytes& part) {
  part.bytes.resize(most);
  struct alignas(cmsghdr) {
    char bytes[CMSG_SPACE(sizeof(ucred))];
  } control;
  iovec target{part.bytes.data(), most};
  msghdr header{};
  header.msg_iov = &target;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof(control.bytes);
  const ssize_t got = ::recvmsg(pipe.get(), &header, MSG_CMSG_CLOEXEC);
  if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNRESET) throw_errno("recvmsg");
  part.bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  part.writer = writer_of(header);
  return got < 0 && errno == ECONNRESET ? 0 : got;
}

}  // namespace

Pipe make_signed_pipe() {
  auto [read, write] = make_socket_pair();
  const int yes = 1;
  if (::setsockopt(read.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) != 0) {
    throw_errno("setsockopt");
  }
  if (::fcntl(read.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("fcntl");
  ::shutdown(read.get(), SHUT_WR);
  return {std::move(read), std::move(write)};
}

bool read_waiting(const UniqueFd& pipe, std::vector<SignedBytes>& parts) {
  for (std::size_t wanted = count_waiting(pipe); wanted > 0;) {
    SignedBytes part;
    const ssize_t got = read_signed(pipe, wanted, part);
    if (got <= 0) return got < 0;
    wanted -= static_cast<std::size_t>(got);
    parts.push_back(std::move(part));
  }
  return true;
}

bool read_waiting(const UniqueFd& pipe, std::string& text) {
  const std::size_t old_size = text.size();
  const std::size_t wanted = count_waiting(pipe);
  text.resize(old_size + wanted);
  const ssize_t got = ::read(pipe.get(), text.data() + old_size, wanted);
  text.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && errno != EAGAIN && errno != EINTR) throw_errno("read");
  return got != 0;
}

void throw_errno(const char* call) {
  const int number = errno;
  if (number != EMFILE && number != ENFILE) {
    throw std::system_error(number, std::generic_category(), call);
  }
  throw std::system_error(number, std::generic_category(),
                          std::string("the runner needs more descriptors than this process may "
                                      "have; run fewer tests at once with --jobs, or raise the "
                                      "limit, such as with 'ulimit -n 1024': ") +
                              call);
}

}  // namespace roundtrip
