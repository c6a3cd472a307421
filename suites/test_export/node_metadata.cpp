#include <sstream>

#include "suites/test_export/node_metadata.h"

namespace roundtrip {

std::string metadata(const Node& node, const std::string& name) {
  for (const auto& [key, text] : node.metadata()) {
    if (key == name) return text;
  }
  return "";
}

std::vector<StackEntry> module_stack(const Node& node) {
  std::vector<StackEntry> stack;
  std::istringstream entries(metadata(node, "nn_module_stack"));
  for (std::string entry; std::getline(entries, entry, ';');) {
    const auto first = entry.find(','), last = entry.rfind(',');
    stack.push_back({entry.substr(0, first), entry.substr(first + 1, last - first - 1),
                     entry.substr(last + 1)});
  }
  return stack;
}

std::vector<std::string> module_names(const ExportedProgram& program, const std::string& part) {
  std::vector<std::string> names;
  for (const Node& node : program.program().graph_module.graph.nodes()) {
    if (node.target().find(part) == std::string::npos) continue;
    const auto stack = module_stack(node);
    names.push_back(stack.empty() ? "" : stack.back().name);
  }
  return names;
}

}  // namespace roundtrip
