#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "export/unflatten/stack_entries.h"

namespace roundtrip {

/// What splitting asks of the flat graph: where its values come from and go to.
class FlatGraph {
 public:
  explicit FlatGraph(const Graph& graph);

  const Graph& graph() const { return graph_; }
  const Stack& stack(std::size_t node) const { return stacks_[node]; }

  /// True if an input, or a node before `node`, makes the value.
  bool is_known(const std::string& value, std::size_t node) const;
  /// True if `node` or one behind it, or the graph's outputs, use the value.
  bool is_used_from(const std::string& value, std::size_t node) const;
  /// The node that makes the value; null for an input. Throws `ProgramError` for a value
  /// that nothing makes.
  const Node* producer(const std::string& value) const;

  /// The value under another name, as an argument of its kind. Enters it into the tables
  /// of the graph that has it, unless it is there.
  Argument enter(const std::string& value, const std::string& name, Graph& graph) const;

 private:
  const Graph& graph_;
  std::vector<Stack> stacks_;
  std::unordered_map<std::string, std::size_t> made_by_;  ///< 0 for inputs, else node + 1
  std::unordered_map<std::string, std::size_t> last_use_;
};

}  // namespace roundtrip
