#include "export/compare/renaming.h"

#include <vector>

namespace roundtrip::compare {

bool Renaming::pair(const std::string& before, const std::string& after) {
  const auto known = after_of_.find(before);
  if (known != after_of_.end()) return known->second == after;
  if (!before_of_.emplace(after, before).second) return false;
  after_of_.emplace(before, after);
  return true;
}

const std::string* Renaming::find(const std::string& before) const {
  const auto known = after_of_.find(before);
  return known == after_of_.end() ? nullptr : &known->second;
}

std::string with_symbols(const std::string& srepr,
                         const std::function<std::string(const std::string&)>& replace) {
  constexpr std::string_view kSymbol = "Symbol('";
  std::string text;
  std::size_t done = 0;
  for (std::size_t at; (at = srepr.find(kSymbol, done)) != std::string::npos;) {
    const std::size_t begin = at + kSymbol.size();
    const std::size_t end = srepr.find('\'', begin);
    if (end == std::string::npos) break;
    text += srepr.substr(done, begin - done) + replace(srepr.substr(begin, end - begin));
    done = end;
  }
  return text + srepr.substr(done);
}

bool same_expression(const std::string& before, const std::string& after, Renaming& symbols) {
  std::vector<std::string> of_before, of_after;
  const auto take = [](std::vector<std::string>& names) {
    return [&names](const std::string& name) {
      names.push_back(name);
      return std::string();
    };
  };
  if (with_symbols(before, take(of_before)) != with_symbols(after, take(of_after))) return false;
  bool is_same = true;
  for (std::size_t i = 0; i < of_before.size(); ++i) {
    is_same &= symbols.pair(of_before[i], of_after[i]);
  }
  return is_same;
}

}  // namespace roundtrip::compare
