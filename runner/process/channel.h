#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runner/process/fd.h"

namespace roundtrip {

/// JSON messages, one a line, over a local stream socket, each optionally with
/// file descriptors. One end is the runner's, the other the worker's.
class Channel {
 public:
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

  /// False when the other side has gone.
  bool send(const nlohmann::json& message, const std::vector<int>& fds = {});

  /// Reads what has arrived, and waits if nothing has. False when the
  /// other side has gone.
  bool fill();

  /// The next complete message read so far. Throws nlohmann's exception when it
  /// is not JSON.
  std::optional<nlohmann::json> next();

  /// The descriptor sent longest ago; descriptors keep the order of their messages.
  UniqueFd take_fd();

  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
  std::string buffer_;
  std::size_t searched_ = 0;
  std::deque<UniqueFd> fds_;
};

}  // namespace roundtrip
