#include "runner/config/place.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "support/plain_text.h"

namespace roundtrip {

std::string Place::text() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

void Problems::add(const Place& place, const std::string& message) {
  add(Problem{place, place.text() + ": " + message});
}

void Problems::add(const std::string& message) {
  add(Problem{{}, message});
}

void Problems::add(Problem problem) {
  problem.text = one_line(problem.text);  // it quotes the file
  if (texts_.insert(problem.text).second) problems_.push_back(std::move(problem));
}

void Problems::raise() const {
  if (problems_.empty()) return;
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    const auto key = [](const Place& place) {
      return std::tuple(place.file.empty(), std::string_view(place.file), place.line, place.column);
    };
    return key(a.place) < key(b.place);
  });
  std::vector<std::string> lines;
  for (const auto& problem : sorted) lines.push_back(problem.text);
  throw ConfigError(fmt::format("{}", fmt::join(lines, "\n")));
}

}  // namespace roundtrip
