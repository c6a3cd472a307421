#include "runner/text/utf8.h"

#include <boost/locale/utf.hpp>

namespace roundtrip {

namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;

bool is_printable(utf::code_point c) {
  if (c < 0x20) return c == '\t' || c == '\n';
  return c != 0x7F && c != 0xFFFE && c != 0xFFFF;
}

template <typename Keep>
std::string decode(std::string_view bytes, Keep keep) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  text.reserve(bytes.size());
  const char* position = bytes.data();
  const char* const end = position + bytes.size();
  while (position != end) {
    const char* const start = position;
    const utf::code_point c = Utf8::decode(position, end);
    if (c == utf::illegal || c == utf::incomplete) {
      text += kReplacement;
      position = start + 1;  // the decoder may have swallowed a valid character
    } else if (keep(c)) {
      text.append(start, position);
    }
  }
  return text;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  return decode(bytes, [](utf::code_point) { return true; });
}

std::string printable(std::string_view bytes) {
  return decode(bytes, is_printable);
}

}  // namespace roundtrip
