#include "runner/config/place.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>

namespace roundtrip {

std::string Place::text() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

void Problems::add(const Place& place, const std::string& message) {
  add(place.text() + ": " + message);
}

void Problems::add(const std::string& message) {
  const bool is_known = std::find(lines_.begin(), lines_.end(), message) != lines_.end();
  if (!is_known) lines_.push_back(message);
}

void Problems::raise() const {
  if (!lines_.empty()) throw ConfigError(fmt::format("{}", fmt::join(lines_, "\n")));
}

}  // namespace roundtrip
