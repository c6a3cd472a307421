#include "export/archive/zip_names.h"

namespace roundtrip {

bool is_plain_name(std::string_view name) {
  if (name.find('\0') != name.npos) return false;
  for (;;) {
    std::string_view component = name.substr(0, name.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    if (component.size() == name.size()) return true;
    name.remove_prefix(component.size() + 1);
  }
}

}  // namespace roundtrip
