#pragma once

#include <cstddef>
#include <string_view>

namespace roundtrip {

/// The end of the terminal's escape sequence that starts at `start` (ECMA-48: CSI, OSC, DCS and
/// others, of 7 and of 8 bits, those in UTF-8 or as single bytes); `start` when none does. Of one
/// that is cut off the introducer is the sequence: what follows is text.
std::size_t escape_end(std::string_view text, std::size_t start);

}  // namespace roundtrip
