#pragma once

#include <string>
#include <string_view>

namespace roundtrip {

/// `bytes` with every byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view bytes);

/// Valid UTF-8 without the characters that XML 1.0 forbids (most control
/// characters, U+FFFE, U+FFFF) and without carriage returns: safe to print on a
/// terminal and to put into a report.
std::string printable(std::string_view bytes);

}  // namespace roundtrip
