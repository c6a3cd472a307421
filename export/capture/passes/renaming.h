#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

/// New names for values and nodes of a graph, which take effect together: until then values may
/// take each other's. A node whose name its result shares goes by the result's.
class Renaming {
 public:
  void add(GraphValue& value, std::string name) { values_.emplace_back(&value, std::move(name)); }
  void add(Node& node, std::string name) { nodes_.emplace_back(&node, std::move(name)); }

  /// Values come first: a node's new name may be what a result was called.
  void apply(Graph& graph) {
    graph.rename(std::exchange(values_, {}));
    for (auto& [node, name] : std::exchange(nodes_, {})) node->set_name(std::move(name));
  }

 private:
  std::vector<std::pair<GraphValue*, std::string>> values_;
  std::vector<std::pair<Node*, std::string>> nodes_;
};

}  // namespace roundtrip
