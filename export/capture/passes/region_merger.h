#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "export/capture/trace/trace.h"
#include "export/graph/names.h"

namespace roundtrip {

/// The operator that a region becomes.
struct Wrapper {
  std::string name;
  std::vector<schema::Argument> arguments;  ///< before the subgraph
  bool grad_mode;                           ///< of the nodes in it
};

/// Nodes in a row that belong together, and the values that enter and leave them, each
/// in the order of its first use. Without a wrapper they stay in the graph.
struct Region {
  std::optional<Wrapper> wrapper{};
  std::vector<TracedNode> nodes{};
  std::vector<std::string> inputs{};
  std::vector<std::string> outputs{};
  std::vector<ModeChange> before{};  ///< changes between the region and what is before it
};

/// The nodes of one graph, between two steps of splitting.
struct Level {
  std::vector<TracedNode> nodes;
  std::vector<schema::Argument> outputs;
  /// Values that are not called as they were in the trace, with their name there.
  std::unordered_map<std::string, std::string> origins;
  std::vector<std::string> inputs;  ///< names that are taken
  bool grad_mode = true;
  bool in_branch = false;

  const std::string& origin(const std::string& name) const;
  /// Enters a value into the graph's table for its kind.
  void enter(const Trace& trace, schema::Graph& graph, const std::string& name) const;
};

/// Finds what crosses the regions' borders. Graph inputs belong to no region.
void find_crossings(std::vector<Region>& regions, std::vector<schema::Argument>& graph_outputs);

/// Builds the next level from regions. Names follow the steps of Python's pass:
/// splitting puts a `getitem` for each result of a region that has several, then
/// regions are inlined or wrapped, in order, in the same name space.
class RegionMerger {
 public:
  /// Makes a subgraph of a region's nodes.
  using MakeGraph = std::function<schema::Graph(Level)>;

  RegionMerger(const Trace& trace, const Level& level, MakeGraph make_graph);

  Level merge(std::vector<Region> regions);

 private:
  std::string define(const std::string& old_name, const std::string& candidate);
  void inline_nodes(Region region);
  void keep_apart(std::string& subgraph);
  void rename_results(schema::Node& node);
  void wrap(Region region, const std::string& submodule);
  schema::Graph subgraph(Region region) const;

  const Trace& trace_;
  const Level& old_;
  MakeGraph make_graph_;
  Level level_;
  FxNamespace namer_;
  std::unordered_map<std::string, std::string> names_;
  /// Results of wrapped regions that happen to be called as their `getitem` is.
  std::unordered_set<std::string> kept_;
  std::unordered_set<std::string> subgraphs_;  ///< names of subgraphs that are taken
};

}  // namespace roundtrip
