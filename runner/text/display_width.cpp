#include "runner/text/display_width.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace roundtrip {

namespace {

constexpr std::string_view kGap = "...";

/// A character with all that combines with it.
struct Cell {
  std::size_t end = 0;
  std::size_t width = 0;
};

/// Asks for the picture of the character before it, which is wide.
constexpr std::int32_t kEmojiSelector = 0xFE0F;

void add_character(std::vector<Cell>& cells, std::int32_t code, std::size_t end) {
  const auto width = static_cast<std::size_t>(utf8proc_charwidth(code));
  if (width > 0 || cells.empty()) return cells.push_back({end, width});
  cells.back().end = end;
  if (code == kEmojiSelector) cells.back().width = std::max<std::size_t>(cells.back().width, 2);
}

std::vector<Cell> cells_of(std::string_view text) {
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < text.size();) {
    std::int32_t code = 0;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at);
    const auto length =
        utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    at += length > 0 ? static_cast<std::size_t>(length) : 1;
    length > 0 ? add_character(cells, code, at) : cells.push_back({at, 1});
  }
  return cells;
}

std::size_t width_of(const std::vector<Cell>& cells) {
  std::size_t width = 0;
  for (const auto& cell : cells) width += cell.width;
  return width;
}

/// Where the longest start of so many columns ends.
std::size_t end_of_start(const std::vector<Cell>& cells, std::size_t columns) {
  std::size_t end = 0;
  for (const auto& cell : cells) {
    if (cell.width > columns) break;
    columns -= cell.width;
    end = cell.end;
  }
  return end;
}

/// Where the longest end of so many columns starts.
std::size_t start_of_end(const std::vector<Cell>& cells, std::size_t columns) {
  std::size_t i = cells.size();
  for (; i > 0 && cells[i - 1].width <= columns; --i) columns -= cells[i - 1].width;
  return i == 0 ? 0 : cells[i - 1].end;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return width_of(cells_of(text));
}

std::string with_start(std::string_view text, std::size_t columns) {
  const auto cells = cells_of(text);
  if (width_of(cells) <= columns) return std::string(text);
  if (columns <= kGap.size()) return std::string(text.substr(0, end_of_start(cells, columns)));
  const std::size_t end = end_of_start(cells, columns - kGap.size());
  return std::string(text.substr(0, end)) + std::string(kGap);
}

std::string with_start_and_end(std::string_view text, std::size_t columns) {
  const auto cells = cells_of(text);
  if (width_of(cells) <= columns) return std::string(text);
  if (columns <= kGap.size()) return with_start(text, columns);
  const std::size_t room = columns - kGap.size();
  const std::size_t at_start = room / 3;  // names differ in their ends
  return std::string(text.substr(0, end_of_start(cells, at_start))) + std::string(kGap) +
         std::string(text.substr(start_of_end(cells, room - at_start)));
}

}  // namespace roundtrip
