#include "export/archive/zip_names.h"

#include "support/plain_text.h"

namespace roundtrip {

bool is_plain_name(std::string_view name) {
  if (has_controls(name)) return false;
  for (;;) {
    std::string_view component = name.substr(0, name.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    if (component.size() == name.size()) return true;
    name.remove_prefix(component.size() + 1);
  }
}

}  // namespace roundtrip
