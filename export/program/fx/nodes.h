#pragma once

#include <string>
#include <unordered_map>

#include "export/graph/names.h"
#include "export/program/fx/graph.h"

namespace roundtrip {

/// The nodes of an `FxGraph` while it is built: gives them their names and knows
/// which one produces a value.
class FxNodes {
 public:
  explicit FxNodes(std::size_t expected) { graph_.nodes.reserve(expected); }

  /// Adds a node, named `candidate` or like it, and returns its index.
  std::size_t add(FxNode::Op op, const std::string& candidate, std::string target);
  FxNode& operator[](std::size_t node) { return graph_.nodes[node]; }
  std::size_t size() const { return graph_.nodes.size(); }

  /// A name no other node has.
  std::string unique_name(const std::string& candidate) { return names_.create(candidate); }

  /// Makes `node` the producer of the value, whose name becomes its name too.
  void define(const GraphValue& value, std::size_t node);

  /// The node that produces the value; `find_producer` gives null if none does.
  std::size_t producer(const GraphValue& value) const;
  const std::size_t* find_producer(const GraphValue& value) const;

  /// Makes `graph` an attribute; a later one of the same name replaces it.
  void set_subgraph(const std::string& name, const Graph& graph);

  FxGraph take() { return std::move(graph_); }

 private:
  FxGraph graph_;
  FxNamespace names_;
  std::unordered_map<const GraphValue*, std::size_t> producers_;
};

}  // namespace roundtrip
