#pragma once

#include <roundtrip/difference.h>

#include <string>
#include <vector>

#include "export/compare/alignment.h"
#include "export/compare/renaming.h"

namespace roundtrip::compare {

/// A graph, and what each of its inputs and outputs is: those of one role belong together.
struct GraphSide {
  const Graph& graph;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Of a subgraph, whose inputs and outputs are known by their places.
GraphSide subgraph_side(const Graph& graph);

/// Two graphs, their values paired. `symbols` are those of both programs and outlive it.
class GraphDifference {
 public:
  GraphDifference(const GraphSide& before, const GraphSide& after, Renaming& symbols,
                  const DifferenceOptions& options);

  /// What differs in them, in the graphs' order.
  std::vector<Change> inputs();
  std::vector<Change> nodes();
  std::vector<Change> outputs();

  /// Whether they are one but for the names of values. Of a subgraph, whatever it holds.
  bool same_argument(const Argument& before, const Argument& after) const;

  /// How many nodes are in both, and equal, once `nodes` has been called.
  std::size_t same_nodes() const { return same_nodes_; }

 private:
  using Details = std::vector<Change::Detail>;
  struct Roles {
    const std::vector<std::string>& roles;
    const std::vector<Argument>& arguments;
  };

  void pair_inputs();
  void pair_nodes();
  void pair_moved(const std::vector<std::string>& old_keys,
                  const std::vector<std::string>& new_keys);
  void pair_values(const std::vector<Argument>& before, const std::vector<Argument>& after);
  std::vector<Change> compare_roles(const Roles& before, const Roles& after, bool with_layouts);
  void compare_values(const Argument& before, const Argument& after, bool with_layouts,
                      Details& details);
  Change compare(const Node& before, const Node& after);
  void compare_arguments(const Node& before, const Node& after, Change& change);
  void compare_results(const Node& before, const Node& after, Details& details);
  void compare_subgraphs(const NamedArgument& before, const NamedArgument& after, Change& change);
  void compare_layouts(const GraphValue& before, const GraphValue& after, const std::string& what,
                       Details& details);

  GraphSide before_, after_;
  std::vector<const Node*> old_nodes_, new_nodes_;
  Renaming& symbols_;
  DifferenceOptions options_;
  Renaming values_;          ///< by their names
  std::vector<Pair> pairs_;  ///< of nodes, in the order of the second graph
  std::vector<Pair> moved_;
  std::size_t same_nodes_ = 0;
};

}  // namespace roundtrip::compare
