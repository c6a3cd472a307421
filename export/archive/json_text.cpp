#include "export/archive/json_text.h"

#include <roundtrip/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace roundtrip::json {
namespace {

bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void append_escape(std::string& out, unsigned unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0xf];
}

void append_code_point(std::string& out, unsigned code) {
  constexpr std::string_view kShort = "\"\\\n\r\t\b\f";
  constexpr std::string_view kShortNames = "\"\\nrtbf";
  auto named = code < 0x80 ? kShort.find(static_cast<char>(code)) : kShort.npos;
  if (named != kShort.npos) {
    out += '\\';
    out += kShortNames[named];
  } else if (code < 0x10000) {
    append_escape(out, code);
  } else {
    append_escape(out, 0xd800 + ((code - 0x10000) >> 10));
    append_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
  }
}

/// Takes one UTF-8 sequence off the text. A lone surrogate, which JSON can spell
/// and Python keeps, passes as the three bytes that would encode it.
unsigned take_code_point(std::string_view& text) {
  auto lead = static_cast<unsigned char>(text.front());
  auto ones = static_cast<std::size_t>(std::countl_one(lead));
  std::size_t size = std::max<std::size_t>(1, ones);
  bool valid = ones != 1 && ones <= 4 && size <= text.size();
  unsigned code = lead & (0xff >> (ones + 1));
  for (std::size_t i = 1; valid && i < size; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    valid = (next & 0xc0) == 0x80;
    code = code << 6 | (next & 0x3f);
  }
  constexpr std::array<unsigned, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (!valid || code < kSmallest[size] || code > 0x10ffff)
    throw ArchiveError("", "cannot write a text that is not UTF-8");
  text.remove_prefix(size);
  return code;
}

/// to_chars gives the shortest digits that read back the same, as Python does;
/// Python chooses fixed notation for exponents from -4 to 15.
std::string_view shortest(double value, std::array<char, 32>& buffer) {
  auto format = [&](std::chars_format notation) {
    char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, notation).ptr;
    return std::string_view(buffer.data(), end);
  };
  std::string_view text = format(std::chars_format::scientific);
  int exponent = std::atoi(text.data() + text.find('e') + 1);
  return exponent >= -4 && exponent < 16 ? format(std::chars_format::fixed) : text;
}

}  // namespace

void append_int(std::string& out, std::int64_t value) {
  std::array<char, 20> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.end(), value).ptr);
}

void append_bool(std::string& out, bool value) {
  out += value ? "true" : "false";
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    std::array<char, 32> buffer{};
    std::string_view text = shortest(value, buffer);
    out += text;
    if (text.find_first_of(".e") == text.npos) out += ".0";
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) append_code_point(out, take_code_point(text));
  }
  out += '"';
}

}  // namespace roundtrip::json
