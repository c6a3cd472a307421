#pragma once

#include <string>
#include <string_view>

namespace roundtrip {

/// `bytes` with every byte that is not part of valid UTF-8 replaced by U+FFFD, but for those that
/// start and end a terminal's escape sequence, which become the control characters that they are.
std::string valid_utf8(std::string_view bytes);

/// Valid UTF-8 without a terminal's escape sequences and without the characters that XML 1.0
/// forbids (most control characters, U+FFFE, U+FFFF): safe to print on a terminal and to put
/// into a report. Of a line that was written over, after a carriage return, the last text is left.
std::string printable(std::string_view bytes);

}  // namespace roundtrip
