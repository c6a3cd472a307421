#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "export/capture/passes/renaming.h"
#include "export/capture/trace/trace.h"
#include "export/graph/names.h"

namespace roundtrip {

/// The operator that a region becomes.
struct Wrapper {
  std::string name;
  std::vector<Argument> arguments;  ///< before the subgraph
  bool grad_mode;                   ///< of the nodes in it
};

/// Nodes in a row that belong together, and the values that enter and leave them, each
/// in the order of its first use. Without a wrapper they stay in the graph.
struct Region {
  std::optional<Wrapper> wrapper{};
  std::vector<Node*> nodes{};
  std::vector<GraphValue*> inputs{};
  std::vector<GraphValue*> outputs{};
  std::vector<ModeChange> before{};  ///< changes between the region and what is before it
};

using NodeRecords = std::unordered_map<const Node*, NodeRecord>;

/// A graph between two steps of splitting.
struct Level {
  Graph& graph;
  NodeRecords& records;
  bool grad_mode = true;
  bool in_branch = false;
};

/// Finds what crosses the regions' borders. Graph inputs belong to no region.
void find_crossings(const Graph& graph, std::vector<Region>& regions);

/// Puts calls in the place of regions that have a wrapper. Names follow the steps of Python's
/// pass: splitting puts a `getitem` for each result of a region that has several, then regions
/// are inlined or wrapped, in order, in the same name space.
class RegionMerger {
 public:
  /// Splits the graph of a region further.
  using SplitGraph = std::function<void(Level)>;

  RegionMerger(const Level& level, SplitGraph split_graph);

  void merge(std::vector<Region> regions);

 private:
  void keep_names_of_results(const std::vector<Region>& regions);
  void define(GraphValue& value, const std::string& candidate);
  void inline_nodes(const Region& region);
  void keep_apart(std::string& subgraph);
  void wrap(Region region, const std::string& submodule);
  Graph subgraph(const Region& region);
  void replace_nodes(const Region& region, NodeFields call);

  Level level_;
  SplitGraph split_graph_;
  FxNamespace namer_;
  Renaming renaming_;
  /// Results of wrapped regions that happen to be called as their `getitem` is.
  std::unordered_set<const GraphValue*> kept_;
  std::unordered_set<std::string> subgraphs_;  ///< names of subgraphs that are taken
};

}  // namespace roundtrip
