#include "runner/filter/filter.h"

#include <cctype>

#include "runner/filter/expression.h"

namespace roundtrip {

Filter::Filter(std::string_view text) : text_(text), root_(parse_filter(text)) {
}

bool Filter::matches(const FilterSubject& test) const {
  return root_->matches(test);
}

std::vector<std::string> Filter::outcomes() const {
  std::vector<std::string> outcomes;
  root_->add_outcomes(outcomes);
  return outcomes;
}

std::string exact_glob(const std::string& text) {
  std::string glob;
  bool is_plain = !text.empty();
  for (const char c : text) {
    is_plain = is_plain && (std::isalnum(static_cast<unsigned char>(c)) ||
                            std::string_view("_.-+:/").find(c) != std::string_view::npos);
    if (std::string_view("*?[]\\\"").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return is_plain ? glob : '"' + glob + '"';
}

}  // namespace roundtrip
