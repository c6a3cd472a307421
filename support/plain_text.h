#pragma once

#include <string>
#include <string_view>

namespace roundtrip {

/// Whether there are control characters in it, of ASCII or of Unicode: what no name has, and
/// what a terminal would obey.
bool has_controls(std::string_view text);

/// `text` as a terminal may be given it: control characters but newline and tab, and bytes that
/// are no UTF-8, are spelled out (`\x1b`). Text that has none stays as it is.
std::string terminal_text(std::string_view text);

/// The same, and newlines are spelled out (`\n`), too.
std::string one_line(std::string_view text);

}  // namespace roundtrip
