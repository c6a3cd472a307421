#include "export/capture/inputs/input_names.h"

#include <c10/util/StringUtil.h>

#include <cctype>

namespace roundtrip {
namespace {

/// Lower case, and an underscore for every character that is no letter or digit of ASCII.
std::string identifier(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;  // of a character of several bytes
    if (byte >= 0x80 && continues) continue;
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    name += plain ? static_cast<char>(std::tolower(byte)) : '_';
  }
  return name;
}

std::string key_text(const Value& key) {
  if (key.is_string()) return identifier(key.string());
  if (key.is_int()) return identifier(std::to_string(key.to_int()));
  return identifier(key.type_name());
}

void add_names(const Value& tree, const std::string& path, std::vector<std::string>& names) {
  if (!tree.is_container()) {
    names.push_back(path);
    return;
  }
  const Container& container = tree.container();
  for (std::size_t i = 0; i < container.items.size(); ++i) {
    const std::string part =
        i < container.keys.size() ? key_text(container.keys[i]) : std::to_string(i);
    add_names(container.items[i], c10::str(path, "_", part), names);
  }
}

}  // namespace

std::vector<std::string> forward_arg_names(const ExportCall& call) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < call.args.size(); ++i) names.push_back(call.module.arg_name(i));
  for (const auto& entry : call.kwargs) names.push_back(entry.first);
  return names;
}

std::vector<std::string> input_names(const ExportCall& call) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    add_names(call.args[i], identifier(call.module.arg_name(i)), names);
  }
  for (const auto& [name, value] : call.kwargs) add_names(value, identifier(name), names);
  return names;
}

std::string placeholder_name(const std::string& prefix, const std::string& target) {
  // Python takes a leading "self_" for the model itself.
  return prefix + identifier(target.starts_with("self_") ? target.substr(5) : target);
}

}  // namespace roundtrip
