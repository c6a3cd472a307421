#include "support/quantities.h"

#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace roundtrip {

namespace {

/// In seconds: four months, which keeps clock arithmetic in range.
constexpr double kLongestTime = 1e7;

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

double parse_delay(const std::string& text) {
  const auto value = number_from<double>(text);
  if (value && *value >= 0 && *value <= kLongestTime) return *value;
  throw std::invalid_argument(
      "must be a number of seconds, 0 or more, such as 1.5, and 10000000 at most");
}

double parse_seconds(const std::string& text) {
  const auto value = number_from<double>(text);
  if (value && *value > 0 && *value <= kLongestTime) return *value;
  throw std::invalid_argument(
      "must be a number of seconds above 0, such as 90 or 1.5, and 10000000 at most");
}

std::int64_t parse_bytes(const std::string& text) {
  static constexpr std::pair<std::string_view, int> kUnits[] = {
      {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  std::string_view digits = text;
  int shift = 0;
  for (const auto& [unit, power] : kUnits) {
    if (!digits.ends_with(unit)) continue;
    digits.remove_suffix(unit.size());
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    shift = power;
    break;
  }
  const auto value = number_from<std::int64_t>(digits);
  if (value && *value >= 0 && *value <= (std::numeric_limits<std::int64_t>::max() >> shift)) {
    return *value << shift;
  }
  throw std::invalid_argument(
      "must be a number of bytes, such as 65536, 512 MiB or 4 GiB, and less than 8388608 TiB");
}

}  // namespace roundtrip
