#include "runner/process/channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace roundtrip {

namespace {

constexpr std::size_t kMostFds = 8;

/// Room for control data that carries descriptors, aligned as the kernel wants it.
struct alignas(cmsghdr) ControlBuffer {
  char bytes[CMSG_SPACE(sizeof(int) * kMostFds)];
};

void attach_fds(msghdr& header, ControlBuffer& control, const std::vector<int>& fds) {
  if (fds.empty()) return;
  if (fds.size() > kMostFds) throw std::logic_error("too many descriptors for one message");
  const std::size_t size = sizeof(int) * fds.size();
  header.msg_control = control.bytes;
  header.msg_controllen = CMSG_SPACE(size);
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(part), fds.data(), size);
}

void collect_fds(msghdr& header, std::deque<UniqueFd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
}

}  // namespace

bool Channel::send(const nlohmann::json& message, const std::vector<int>& fds) {
  std::string line = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  line += '\n';
  ControlBuffer control{};
  std::size_t sent = 0;
  while (sent < line.size()) {
    iovec bytes{line.data() + sent, line.size() - sent};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    if (sent == 0) attach_fds(header, control, fds);
    const ssize_t count = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
    if (count >= 0) sent += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) return false;
  }
  return true;
}

bool Channel::fill() {
  char bytes[65536];
  ControlBuffer control{};
  iovec target{bytes, sizeof(bytes)};
  msghdr header{};
  header.msg_iov = &target;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof(control.bytes);
  ssize_t count;
  do {
    count = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  collect_fds(header, fds_);
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<nlohmann::json> Channel::next() {
  const auto end = buffer_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return std::nullopt;
  }
  auto message = nlohmann::json::parse(buffer_.begin(), buffer_.begin() + static_cast<long>(end));
  buffer_.erase(0, end + 1);
  searched_ = 0;
  return message;
}

UniqueFd Channel::take_fd() {
  if (fds_.empty()) throw std::runtime_error("a message came without its descriptors");
  UniqueFd fd = std::move(fds_.front());
  fds_.pop_front();
  return fd;
}

}  // namespace roundtrip
