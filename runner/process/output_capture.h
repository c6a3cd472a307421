#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roundtrip {

/// Keeps the head and the tail of what a test writes, so that a flood of output
/// costs bounded memory.
class OutputCapture {
 public:
  /// Keeps `limit` bytes at most, half of them at each end.
  explicit OutputCapture(std::size_t limit) : kept_at_each_end_(limit / 2) {}

  void append(std::string_view bytes);

  /// The kept bytes as valid UTF-8, with a line that counts what was left out.
  std::string text() const;

 private:
  std::size_t kept_at_each_end_;
  std::string head_;
  std::string tail_;
  std::size_t dropped_ = 0;
};

}  // namespace roundtrip
