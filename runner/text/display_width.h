#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How much room text takes on a terminal. Asked of utf8proc and not of wcwidth, which knows only
/// ASCII in the C locale. Text is valid UTF-8 without control characters.

namespace roundtrip {

/// Columns: 2 for a wide character such as an ideogram or an emoji, 0 for one that combines with
/// that before it. Where terminals differ, in emoji of several characters, the most that any takes.
std::size_t display_width(std::string_view text);

/// The text in at most so many columns: of one that is longer, the start or the start and the end
/// with "..." after or between them. No character is cut in two.
std::string with_start(std::string_view text, std::size_t columns);
std::string with_start_and_end(std::string_view text, std::size_t columns);

}  // namespace roundtrip
