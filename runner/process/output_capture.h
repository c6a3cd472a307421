#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roundtrip {

/// Keeps the head and the tail of what a test writes, so that a flood of output
/// costs bounded memory.
class OutputCapture {
 public:
  static constexpr std::size_t kKeptAtEachEnd = 64 * 1024;

  void append(std::string_view bytes);

  /// The kept bytes as valid UTF-8, with a line that counts what was left out.
  std::string text() const;

 private:
  std::string head_;
  std::string tail_;
  std::size_t dropped_ = 0;
};

}  // namespace roundtrip
