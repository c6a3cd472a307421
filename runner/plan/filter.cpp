#include "runner/plan/filter.h"

#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace roundtrip {

bool matches(const std::string& glob, const PlannedTest& test) {
  const auto matched = [&](const std::string& name) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  };
  return matched(test.full_name()) || matched(test.suite + "." + test.test);
}

std::vector<PlannedTest> select(std::vector<PlannedTest> plan,
                                const std::vector<std::string>& globs) {
  if (globs.empty()) return plan;
  std::erase_if(plan, [&](const PlannedTest& test) {
    return std::none_of(globs.begin(), globs.end(),
                        [&](const auto& glob) { return matches(glob, test); });
  });
  return plan;
}

std::string shell_glob_for(const std::string& full_name) {
  std::string glob;
  bool is_plain = true;
  for (const char c : full_name) {
    is_plain = is_plain && (std::isalnum(static_cast<unsigned char>(c)) ||
                            std::string_view("_.-+:/").find(c) != std::string_view::npos);
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return is_plain ? glob : "'" + glob + "'";
}

}  // namespace roundtrip
