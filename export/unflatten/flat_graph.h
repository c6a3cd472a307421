#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "export/unflatten/stack_entries.h"

namespace roundtrip {

/// What splitting asks of the flat graph: where its values come from and go to. Nodes go by their
/// places.
class FlatGraph {
 public:
  explicit FlatGraph(const Graph& graph);

  const Graph& graph() const { return graph_; }
  std::size_t num_nodes() const { return nodes_.size(); }
  const Node& node(std::size_t node) const { return *nodes_[node]; }
  const Stack& stack(std::size_t node) const { return stacks_[node]; }

  /// True if an input, or a node before `node`, makes the value.
  bool is_known(const GraphValue& value, std::size_t node) const;
  /// True if `node` or one behind it, or the graph's outputs, use the value.
  bool is_used_from(const GraphValue& value, std::size_t node) const;

  /// The value of that name in another graph, of the type of `value`; added unless it is there.
  /// Throws `UnsupportedError` for what is neither a tensor nor a number.
  static GraphValue& enter(const GraphValue& value, const std::string& name, Graph& graph);

 private:
  /// Such that the nodes of each call lie together.
  void cut_stacks();

  const Graph& graph_;
  std::vector<const Node*> nodes_;
  std::vector<Stack> stacks_;
  std::unordered_map<const Node*, std::size_t> places_;
};

}  // namespace roundtrip
