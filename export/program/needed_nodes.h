#pragma once

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "export/program/graph_values.h"

namespace roundtrip {

/// Of the nodes, in their order, those that must stay and those whose results these or the
/// outputs use. `node_of` gives an item's Node.
template <typename Item, typename NodeOf, typename MustStay>
std::vector<Item> needed_nodes(std::vector<Item> items, const std::vector<Argument>& outputs,
                               NodeOf node_of, MustStay must_stay) {
  std::unordered_set<std::string> used;
  const auto use = [&](const Argument& argument) {
    visit_values(argument, [&](const std::string& name, ValueKind) { used.insert(name); });
  };
  const auto is_used = [&](const Argument& output) {
    bool found = false;
    visit_values(output, [&](const std::string& name, ValueKind) { found |= used.contains(name); });
    return found;
  };
  std::for_each(outputs.begin(), outputs.end(), use);
  std::vector<Item> needed;
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    const Node& node = node_of(*item);
    if (!must_stay(*item) && std::none_of(node.outputs.begin(), node.outputs.end(), is_used)) {
      continue;
    }
    for (const NamedArgument& input : node.inputs) use(input.arg);
    needed.push_back(std::move(*item));
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

}  // namespace roundtrip
