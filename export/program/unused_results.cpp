#include "export/program/unused_results.h"

#include <algorithm>

namespace roundtrip {

namespace {

std::string unused_prefix(const Node& node) {
  return node.name.value_or("") + "_unused_";
}

}  // namespace

std::string unused_result_name(const Node& node, std::size_t index) {
  return unused_prefix(node) + std::to_string(index);
}

bool is_no_node(const Node& node, const std::string& result) {
  return result.starts_with(unused_prefix(node)) &&
         std::any_of(node.metadata.begin(), node.metadata.end(),
                     [](const auto& entry) { return entry.first == kUnusedResultsAreNoNodes; });
}

}  // namespace roundtrip
