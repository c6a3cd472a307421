#include "runner/text/steady_message.h"

#include <cctype>

namespace roundtrip {

std::string steady_message(const std::string& message) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto is_hex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  const auto end_of = [&](std::size_t from, const auto& is_part) {
    while (from < message.size() && is_part(message[from])) ++from;
    return from;
  };
  std::string steady;
  for (std::size_t i = 0; i < message.size();) {
    const std::size_t digits = end_of(i, is_digit);
    const std::size_t hex = message.compare(i, 2, "0x") == 0 ? end_of(i + 2, is_hex) : i;
    const bool is_fraction = digits > i && digits < message.size() && message[digits] == '.';
    const std::size_t fraction = is_fraction ? end_of(digits + 1, is_digit) : digits + 1;
    if (hex > i + 2) {
      steady += "0x?";
      i = hex;
    } else if (fraction > digits + 1) {
      steady += "?.?";
      i = fraction;
    } else {
      const std::size_t next = std::max(digits, i + 1);
      steady.append(message, i, next - i);
      i = next;
    }
  }
  return steady;
}

}  // namespace roundtrip
