#pragma once

#include <string>
#include <string_view>

namespace roundtrip {

/// What `text_of` gives of each item, with the separator between them.
template <typename Items, typename TextOf>
std::string joined(const Items& items, std::string_view separator, TextOf text_of) {
  std::string text;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) text += separator;
    is_first = false;
    text += text_of(item);
  }
  return text;
}

}  // namespace roundtrip
