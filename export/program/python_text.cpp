#include "export/program/python_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace roundtrip {

namespace {

/// The shortest digits that read back as the same number, and the exponent of the first.
struct Decimal {
  std::string digits;
  int exponent;
};

Decimal shortest_decimal(double positive) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, positive, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  auto e = text.find('e');
  std::string digits(text.substr(0, e));
  if (digits.size() > 1) digits.erase(1, 1);  // the point
  return {std::move(digits), std::stoi(std::string(text.substr(e + 1)))};
}

std::string with_exponent(const Decimal& number) {
  std::string text = number.digits.substr(0, 1);
  if (number.digits.size() > 1) text.append(".").append(number.digits, 1);
  auto exponent = std::to_string(std::abs(number.exponent));
  if (exponent.size() < 2) exponent.insert(0, 1, '0');
  text += number.exponent < 0 ? "e-" : "e+";
  return text + exponent;
}

std::string without_exponent(Decimal number) {
  if (number.exponent < 0) {
    return "0." + std::string(static_cast<std::size_t>(-number.exponent - 1), '0') + number.digits;
  }
  auto whole = static_cast<std::size_t>(number.exponent) + 1;
  if (number.digits.size() < whole) number.digits.append(whole - number.digits.size(), '0');
  auto fraction = number.digits.substr(whole);
  return number.digits.substr(0, whole) + "." + (fraction.empty() ? "0" : fraction);
}

/// Takes one code point off the front of `text`; a byte that is not UTF-8 stands for itself.
char32_t take_code_point(std::string_view& text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t length = byte(0) < 0xC2 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  char32_t code = byte(0);
  if (length > 1 && length <= text.size()) {
    code &= 0xFFu >> (length + 1);
    for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3Fu);
  } else {
    length = 1;
  }
  text.remove_prefix(length);
  return code;
}

std::string hex(char32_t code, std::size_t width) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text(width, '0');
  for (auto place = text.rbegin(); place != text.rend(); ++place, code >>= 4) {
    *place = kDigits[code & 0xF];
  }
  return text;
}

std::string json_escape(char32_t code) {
  if (code < 0x10000) return "\\u" + hex(code, 4);
  code -= 0x10000;
  return "\\u" + hex(0xD800 + (code >> 10), 4) + "\\u" + hex(0xDC00 + (code & 0x3FF), 4);
}

/// Python asks its Unicode tables; the blocks named here are what names and texts
/// of programs can be expected to hold.
bool is_printable(char32_t code) {
  return code >= 0x20 && (code < 0x7F || code > 0xA0) && code != 0xAD;
}

const char* short_escape(char32_t code, std::string_view letters, std::string_view codes,
                         char (&buffer)[3]) {
  auto found = code < 0x80 ? codes.find(static_cast<char>(code)) : codes.npos;
  if (found == codes.npos) return nullptr;
  buffer[0] = '\\';
  buffer[1] = letters[found];
  buffer[2] = '\0';
  return buffer;
}

}  // namespace

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "inf";
  auto number = shortest_decimal(std::abs(value));
  bool fixed = number.exponent >= -4 && number.exponent < 16;
  return sign + (fixed ? without_exponent(std::move(number)) : with_exponent(number));
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
  char buffer[3];
  while (!text.empty()) {
    auto rest = text;
    auto code = take_code_point(rest);
    if (auto* escape = short_escape(code, "\\ntr", "\\\n\t\r", buffer)) {
      repr += escape;
    } else if (code == static_cast<char32_t>(quote)) {
      repr += std::string("\\") + quote;
    } else if (is_printable(code)) {
      repr += text.substr(0, text.size() - rest.size());
    } else {
      repr += "\\x" + hex(code, 2);
    }
    text = rest;
  }
  return repr + quote;
}

std::string json_quote(std::string_view text) {
  std::string json = "\"";
  char buffer[3];
  while (!text.empty()) {
    auto code = take_code_point(text);
    if (auto* escape = short_escape(code, "\"\\bfnrt", "\"\\\b\f\n\r\t", buffer)) {
      json += escape;
    } else if (code >= 0x20 && code < 0x7F) {
      json += static_cast<char>(code);
    } else {
      json += json_escape(code);
    }
  }
  return json + "\"";
}

}  // namespace roundtrip
