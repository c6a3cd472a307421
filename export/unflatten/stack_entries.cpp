#include "export/unflatten/stack_entries.h"

#include <roundtrip/error.h>

#include "export/unflatten/module_node.h"

namespace roundtrip {
namespace {

constexpr const char* kNowhere = "_empty_nn_module_stack_from_metadata_hook";

const std::string* stack_text(const Node& node) {
  for (const auto& [key, text] : node.metadata()) {
    if (key == "nn_module_stack" && !text.empty()) return &text;
  }
  return nullptr;
}

/// `key,path,type`; a type may have commas.
StackEntry parse_entry(const std::string& text) {
  const auto first = text.find(',');
  const auto second = first == std::string::npos ? first : text.find(',', first + 1);
  if (second == std::string::npos) {
    throw ProgramError("nn_module_stack has the entry '" + text + "', which is no key,path,type");
  }
  StackEntry entry;
  entry.key = text.substr(0, first);
  entry.path = without_call(text.substr(first + 1, second - first - 1));
  if (!entry.path.empty()) entry.type = text.substr(second + 1);
  entry.call = call_index(entry.key);
  entry.key = without_call(entry.key);
  return entry;
}

std::vector<std::string> split_entries(const std::string& text) {
  std::vector<std::string> entries;
  std::size_t begin = 0;
  for (auto end = text.find(';'); begin <= text.size(); end = text.find(';', begin)) {
    entries.push_back(text.substr(begin, end - begin));
    begin = end == std::string::npos ? text.size() + 1 : end + 1;
  }
  return entries;
}

bool leads_downwards(const std::string& from, const std::string& to) {
  return from.size() < to.size() && to.starts_with(from);
}

}  // namespace

Stack module_stack(const Node& node) {
  const std::string* text = stack_text(node);
  if (text == nullptr) {
    throw UnsupportedError("node '" + node.name().value_or(node.target()) +
                           "' does not say which module it belongs to: it has no nn_module_stack");
  }
  Stack stack;
  for (const std::string& part : split_entries(*text)) {
    StackEntry entry = parse_entry(part);
    if (entry.key == kNowhere) return {};
    if (!stack.empty() && !leads_downwards(stack.back().path, entry.path)) break;
    stack.push_back(std::move(entry));
  }
  return stack;
}

Metadata anywhere() {
  const std::string key = kNowhere;
  return {{"nn_module_stack", key + "," + key + "," + key}};
}

std::string root_type(const Graph& graph) {
  for (const Node& node : graph.nodes()) {
    const std::string* text = stack_text(node);
    if (text == nullptr) continue;
    const std::string entry = split_entries(*text).front();
    const auto comma = entry.find(",,");
    if (comma != std::string::npos) return entry.substr(comma + 2);
  }
  return {};
}

}  // namespace roundtrip
