#include "runner/filter/filter.h"

#include <cctype>

#include "runner/filter/expression.h"

namespace roundtrip {

Filter::Filter(std::string_view text) : text_(text), root_(parse_filter(text)) {
}

bool Filter::matches(const FilterSubject& test) const {
  return root_->matches(test);
}

bool Filter::asks_outcome() const {
  return root_->asks_outcome();
}

std::string shell_filter_for(const std::string& full_name) {
  std::string glob;
  bool is_plain = true;
  for (const char c : full_name) {
    is_plain = is_plain && (std::isalnum(static_cast<unsigned char>(c)) ||
                            std::string_view("_.-+:/").find(c) != std::string_view::npos);
    if (std::string_view("*?[]\\\"").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  if (is_plain) return glob;
  std::string shell;  // quoted for the filter, then for the shell
  for (const char c : '"' + glob + '"') shell += c == '\'' ? "'\\''" : std::string(1, c);
  return "'" + shell + "'";
}

}  // namespace roundtrip
