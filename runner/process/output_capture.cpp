#include "runner/process/output_capture.h"

#include <fmt/format.h>

#include <algorithm>

#include "runner/text/utf8.h"

namespace roundtrip {

void OutputCapture::append(std::string_view bytes) {
  const std::size_t to_head = std::min(bytes.size(), kept_at_each_end_ - head_.size());
  head_ += bytes.substr(0, to_head);
  tail_ += bytes.substr(to_head);
  if (tail_.size() <= kept_at_each_end_) return;
  const std::size_t surplus = tail_.size() - kept_at_each_end_;
  tail_.erase(0, surplus);
  dropped_ += surplus;
}

std::string OutputCapture::text() const {
  const std::string gap =
      dropped_ == 0 ? "" : fmt::format("\n[... {} bytes of output left out ...]\n", dropped_);
  return valid_utf8(head_ + gap + tail_);
}

}  // namespace roundtrip
