#include "runner/text/escapes.h"

namespace roundtrip {

namespace {

constexpr char kEscape = '\x1B';
constexpr char kBell = '\x07';

bool is_within(char c, char first, char last) {
  return c >= first && c <= last;
}

/// What starts a sequence: the byte that follows ESC, or would, and where that ends.
struct Introducer {
  char kind = 0;
  std::size_t end = 0;
};

/// A control character of 8 bits stands for ESC and a byte of 7; the start of a character.
Introducer introducer_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto is_c1 = [](int c) { return c >= 0x80 && c <= 0x9F; };
  if (text[at] == kEscape) return {static_cast<char>(byte(at + 1)), at + 2};
  if (byte(at) == 0xC2 && is_c1(byte(at + 1))) {
    return {static_cast<char>(byte(at + 1) - 0x40), at + 2};
  }
  if (is_c1(byte(at))) return {static_cast<char>(byte(at) - 0x40), at + 1};
  return {};
}

std::size_t skip(std::string_view text, std::size_t at, char first, char last) {
  while (at < text.size() && is_within(text[at], first, last)) ++at;
  return at;
}

/// Parameters, intermediate bytes and a final one.
std::size_t csi_end(std::string_view text, std::size_t at) {
  at = skip(text, skip(text, at, '0', '?'), ' ', '/');
  return at < text.size() && is_within(text[at], '@', '~') ? at + 1 : at;
}

/// The length of the character in UTF-8, by its first byte.
std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

/// A string of one line, up to BEL or ST.
std::size_t string_end(std::string_view text, std::size_t start) {
  for (std::size_t at = start; at < text.size(); at += length_of(text[at])) {
    if (text[at] == kBell) return at + 1;
    if (text[at] == '\n') break;
    const Introducer introducer = introducer_at(text, at);
    if (introducer.kind == '\\') return introducer.end;
    if (text[at] == kEscape) break;
  }
  return start;
}

bool starts_string(char kind) {
  return std::string_view("]PX^_").find(kind) != std::string_view::npos;
}

}  // namespace

std::size_t escape_end(std::string_view text, std::size_t start) {
  const auto [kind, end] = introducer_at(text, start);
  if (kind == '[') return csi_end(text, end);
  if (kind != 0 && starts_string(kind)) return string_end(text, end);
  if (text[start] != kEscape) return end != 0 && text[start] == '\xC2' ? end : start;
  if (is_within(kind, ' ', '/')) {  // such as ESC ( B
    const std::size_t last = skip(text, end, ' ', '/');
    return last < text.size() && is_within(text[last], '0', '~') ? last + 1 : last;
  }
  return is_within(kind, '0', '~') ? end : start + 1;
}

}  // namespace roundtrip
