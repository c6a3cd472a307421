#include "export/unflatten/module_node.h"

#include <algorithm>
#include <charconv>

namespace roundtrip {

RootInputs::RootInputs(const Program& program)
    : tree(program.graph_module), checks(program, tree.leaf_names()) {
  for (const InputSpec& spec : program.graph_module.signature.input_specs) {
    if (spec.kind == InputKind::user_input || spec.kind == InputKind::constant_input) {
      signature.input_specs.push_back({spec.kind, {}, spec.target});
    }
    if (spec.kind == InputKind::buffer && !spec.persistent) non_persistent.push_back(spec.target);
  }
}

ModuleNodePtr find_child(const ModuleNode& module, const std::string& name) {
  for (const auto& [child_name, child] : *module.children) {
    if (child_name == name) return child;
  }
  return nullptr;
}

ModuleNodePtr find_module(const ModuleNodePtr& module, const std::string& path) {
  ModuleNodePtr found = module;
  for (const std::string& name : split_path(path)) {
    if (found) found = find_child(*found, name);
  }
  return found;
}

ModuleNodePtr find_parent(const ModuleNodePtr& module, const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? module : find_module(module, path.substr(0, dot));
}

void set_child(ModuleNode& module, const std::string& name, ModuleNodePtr child) {
  for (auto& [child_name, present] : *module.children) {
    if (child_name != name) continue;
    present = std::move(child);
    return;
  }
  module.children->emplace_back(name, std::move(child));
}

void remove_child(ModuleNode& module, const std::string& name) {
  std::erase_if(*module.children, [&](const auto& child) { return child.first == name; });
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> names;
  std::string rest = path;
  while (!rest.empty()) {
    const auto dot = rest.find('.');
    names.push_back(rest.substr(0, dot));
    rest = dot == std::string::npos ? "" : rest.substr(dot + 1);
  }
  return names;
}

std::string last_name(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

std::string call_name(const std::string& path, std::size_t call) {
  return call == 0 ? path : path + "@" + std::to_string(call);
}

std::string without_call(const std::string& name) {
  return name.substr(0, name.find('@'));
}

std::size_t call_index(const std::string& name) {
  std::size_t index = 0;
  const auto at = name.rfind('@');
  if (at != std::string::npos) {
    std::from_chars(name.data() + at + 1, name.data() + name.size(), index);
  }
  return index;
}

const std::string* called_module(const Node& node) {
  return node.target() == kCallModule ? node.inputs().front().arg.get<std::string>() : nullptr;
}

}  // namespace roundtrip
