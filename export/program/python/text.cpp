#include "export/program/python/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace roundtrip {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct CodePoint {
  char32_t code;
  std::size_t size;  ///< bytes it takes
  bool valid;        ///< false for a byte that is not UTF-8, which stands for itself
};

/// The first code point of `text`, which is not empty. A lone surrogate, which JSON
/// can spell and Python keeps, passes as the three bytes that would encode it.
CodePoint first_code_point(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  const CodePoint byte{lead, 1, false};
  auto size = static_cast<std::size_t>(std::countl_one(lead));
  if (size < 2 || size > 4 || size > text.size()) return byte;
  char32_t code = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return byte;
    code = code << 6 | (next & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10FFFF) return byte;
  return {code, size, true};
}

/// Appends what stands for `code` after a backslash, if a letter does.
bool append_short_escape(std::string& out, char32_t code, std::string_view codes,
                         std::string_view letters) {
  auto found = code < 0x80 ? codes.find(static_cast<char>(code)) : codes.npos;
  if (found == codes.npos) return false;
  out += '\\';
  out += letters[found];
  return true;
}

void append_utf16_escape(std::string& out, char32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[(unit >> shift) & 0xF];
}

void append_json_escape(std::string& out, char32_t code) {
  if (append_short_escape(out, code, "\"\\\n\r\t\b\f", "\"\\nrtbf")) return;
  if (code < 0x10000) return append_utf16_escape(out, code);
  append_utf16_escape(out, 0xD800 + ((code - 0x10000) >> 10));
  append_utf16_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

/// How many characters at the front JSON takes as they are.
std::size_t plain_length(std::string_view text) {
  auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
}

/// Python asks its Unicode tables; the blocks named here are what names and texts
/// of programs can be expected to hold.
bool is_printable(char32_t code) {
  return code >= 0x20 && (code < 0x7F || code > 0xA0) && code != 0xAD;
}

/// `code`, which is spelled `bytes` in UTF-8, inside a string between `quote`s.
void append_repr_of(std::string& out, char32_t code, std::string_view bytes, char quote) {
  if (append_short_escape(out, code, "\\\n\t\r", "\\ntr")) return;
  if (code == static_cast<char32_t>(quote)) {
    out.append({'\\', quote});
  } else if (is_printable(code)) {
    out += bytes;
  } else {
    out.append({'\\', 'x', kHexDigits[code >> 4], kHexDigits[code & 0xF]});
  }
}

}  // namespace

void append_python_repr(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  std::array<char, 32> buffer{};
  auto format = [&](std::chars_format notation) {
    // Without a precision: the shortest digits that read back the same, as Python's.
    auto* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, notation).ptr;
    return std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  };
  auto text = format(std::chars_format::scientific);
  if (std::isfinite(value)) {
    int exponent = std::atoi(text.data() + text.find('e') + 1);
    if (exponent >= -4 && exponent < 16) text = format(std::chars_format::fixed);
  }
  out += text;
  if (text.find_first_of(".en") == text.npos) out += ".0";
}

std::string python_repr(std::int64_t value) {
  return std::to_string(value);
}

std::string python_repr(double value) {
  std::string repr;
  append_python_repr(repr, value);
  return repr;
}

std::string python_repr(bool value) {
  return value ? "True" : "False";
}

std::string python_repr(std::complex<double> value) {
  auto part = [](double number) {
    auto text = python_repr(number);
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
  };
  auto imaginary = part(value.imag());
  if (value.real() == 0 && !std::signbit(value.real())) return imaginary + "j";
  std::string text = "(";
  text += part(value.real());
  if (!imaginary.starts_with('-')) text += '+';
  return text + imaginary + "j)";
}

std::string python_repr(std::string_view text) {
  bool double_quotes = text.find('\'') != text.npos && text.find('"') == text.npos;
  char quote = double_quotes ? '"' : '\'';
  std::string repr(1, quote);
  while (!text.empty()) {
    auto first = first_code_point(text);
    append_repr_of(repr, first.code, text.substr(0, first.size), quote);
    text.remove_prefix(first.size);
  }
  return repr + quote;
}

bool append_json_quoted(std::string& out, std::string_view text) {
  bool valid = true;
  out += '"';
  while (true) {
    auto plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    auto first = first_code_point(text);
    append_json_escape(out, first.code);
    text.remove_prefix(first.size);
    valid = valid && first.valid;
  }
  out += '"';
  return valid;
}

std::string json_quote(std::string_view text) {
  std::string json;
  append_json_quoted(json, text);
  return json;
}

}  // namespace roundtrip
