#include "runner/text/date.h"

#include <fmt/chrono.h>

#include <ctime>
#include <regex>

namespace roundtrip {

bool is_date(const std::string& text) {
  static const std::regex form("[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])");
  return std::regex_match(text, form);
}

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace roundtrip
