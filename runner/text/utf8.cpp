#include "runner/text/utf8.h"

#include <boost/locale/utf.hpp>
#include <utility>

#include "runner/text/escapes.h"

namespace roundtrip {

namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_printable(utf::code_point c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0x7F && c != 0xFFFE && c != 0xFFFF;
}

/// A character and where the next one starts.
struct Character {
  utf::code_point code;
  std::size_t end;
};

Character character_at(std::string_view bytes, std::size_t at) {
  const char* position = bytes.data() + at;
  const utf::code_point code = Utf8::decode(position, bytes.data() + bytes.size());
  // The decoder may have swallowed a valid character.
  if (code == utf::illegal || code == utf::incomplete) return {utf::illegal, at + 1};
  return {code, static_cast<std::size_t>(position - bytes.data())};
}

/// Lines as a terminal finally shows them: text after a carriage return replaces what was there.
class Lines {
 public:
  void add(std::string_view character) {
    if (character == "\r") {
      is_returned_ = true;
      return;
    }
    if (is_returned_ && character != "\n") text_.resize(line_start_);
    is_returned_ = false;
    text_ += character;
    if (character == "\n") line_start_ = text_.size();
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t line_start_ = 0;
  bool is_returned_ = false;
};

void append_valid(std::string_view bytes, std::string& text) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto [code, end] = character_at(bytes, at);
    text += code == utf::illegal ? kReplacement : bytes.substr(at, end - at);
    at = end;
  }
}

/// Control characters of 8 bits that start and end an escape sequence become those of UTF-8.
void append_escape(std::string_view sequence, std::string& text) {
  constexpr char kPage = '\xC2';  // the first byte of such a character in UTF-8
  constexpr char kEnd = '\x9C';
  const bool starts_single = character_at(sequence, 0).code == utf::illegal;
  if (starts_single) {
    text += kPage;
    text += sequence.front();
    sequence.remove_prefix(1);
  }
  const bool ends_single =
      sequence.size() > 1 && sequence.ends_with(kEnd) && sequence[sequence.size() - 2] != kPage;
  if (ends_single) sequence.remove_suffix(1);
  append_valid(sequence, text);
  if (ends_single) text += {kPage, kEnd};
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t escape = escape_end(bytes, at);
    const std::size_t end = escape > at ? escape : character_at(bytes, at).end;
    const std::string_view part = bytes.substr(at, end - at);
    escape > at ? append_escape(part, text) : append_valid(part, text);
    at = end;
  }
  return text;
}

std::string printable(std::string_view bytes) {
  Lines lines;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t escape = escape_end(bytes, at);
    const auto [code, end] = character_at(bytes, at);
    if (escape == at) {
      if (code == utf::illegal) lines.add(kReplacement);
      if (code != utf::illegal && is_printable(code)) lines.add(bytes.substr(at, end - at));
    }
    at = escape == at ? end : escape;
  }
  return lines.take();
}

}  // namespace roundtrip
