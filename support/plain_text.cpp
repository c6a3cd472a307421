#include "support/plain_text.h"

#include <boost/locale/utf.hpp>

namespace roundtrip {

namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;

bool is_control(utf::code_point c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/// Calls `visit(character, bytes)` for each; the character is `utf::illegal` for a byte that is
/// part of none.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position != end) {
    const char* const start = position;
    utf::code_point c = Utf8::decode(position, end);
    if (c == utf::illegal || c == utf::incomplete) {
      c = utf::illegal;
      position = start + 1;  // the decoder may have swallowed a valid character
    }
    visit(c, std::string_view(start, static_cast<std::size_t>(position - start)));
  }
}

std::string escaped(unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

bool has_controls(std::string_view text) {
  bool found = false;
  for_each_character(text, [&](utf::code_point c, std::string_view) {
    found = found || (c != utf::illegal && is_control(c));
  });
  return found;
}

std::string terminal_text(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for_each_character(text, [&](utf::code_point c, std::string_view bytes) {
    if (c == utf::illegal) {
      plain += escaped(static_cast<unsigned char>(bytes[0]));
    } else if (is_control(c) && c != '\n' && c != '\t') {
      plain += escaped(static_cast<unsigned char>(c));
    } else {
      plain += bytes;
    }
  });
  return plain;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : terminal_text(text))
    line += c == '\n' ? std::string("\\n") : std::string(1, c);
  return line;
}

}  // namespace roundtrip
