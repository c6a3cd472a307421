#include "export/program/fx/nodes.h"

#include <roundtrip/error.h>

#include <algorithm>

namespace roundtrip {

std::size_t FxNodes::add(FxNode::Op op, const std::string& candidate, std::string target) {
  FxNode node;
  node.op = op;
  node.name = names_.create(candidate);
  node.target = std::move(target);
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.size() - 1;
}

void FxNodes::define(const GraphValue& value, std::size_t node) {
  producers_.emplace(&value, node);
  graph_.nodes[node].name = value.name();
}

const std::size_t* FxNodes::find_producer(const GraphValue& value) const {
  auto found = producers_.find(&value);
  return found == producers_.end() ? nullptr : &found->second;
}

std::size_t FxNodes::producer(const GraphValue& value) const {
  auto* found = find_producer(value);
  if (!found) throw ProgramError("no node defines the value '" + value.name() + "'");
  return *found;
}

void FxNodes::set_subgraph(const std::string& name, const Graph& graph) {
  auto& subgraphs = graph_.subgraphs;
  auto known = std::find_if(subgraphs.begin(), subgraphs.end(),
                            [&](const auto& entry) { return entry.first == name; });
  if (known == subgraphs.end()) {
    subgraphs.emplace_back(name, &graph);
  } else {
    known->second = &graph;
  }
}

}  // namespace roundtrip
