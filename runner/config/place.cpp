#include "runner/config/place.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>

namespace roundtrip {

std::string Place::text() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

void Problems::add(const Place& place, const std::string& message) {
  std::string line = place.text() + ": " + message;
  const bool is_known = std::find(lines_.begin(), lines_.end(), line) != lines_.end();
  if (!is_known) lines_.push_back(std::move(line));
}

void Problems::raise() const {
  if (!lines_.empty()) throw ConfigError(fmt::format("{}", fmt::join(lines_, "\n")));
}

}  // namespace roundtrip
