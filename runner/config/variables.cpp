#include "runner/config/variables.h"

#include <cstdlib>
#include <stdexcept>

namespace roundtrip {

namespace {

std::string value_of(const std::string& reference) {
  const std::size_t dash = reference.find(":-");
  const std::string name = reference.substr(0, dash);
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return value;
  if (dash != std::string::npos) return reference.substr(dash + 2);
  if (value != nullptr) return "";
  throw std::invalid_argument("the environment variable '" + name +
                              "' is not set; set it, or give a " + "value to use instead: ${" +
                              name + ":-value}");
}

}  // namespace

std::string replace_variables(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '$' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '$') {
      result += text[++i];
    } else if (next == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string::npos) throw std::invalid_argument("'${' is not closed by '}'");
      result += value_of(text.substr(i + 2, end - i - 2));
      i = end;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace roundtrip
