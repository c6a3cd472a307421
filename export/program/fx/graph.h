#pragma once

#include <roundtrip/graph.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "export/program/symbol_text.h"

namespace roundtrip {

/// An argument of a node: another node, a literal in Python's spelling, or a
/// container of these.
struct FxArgument {
  enum class Kind { literal, node, tuple, list, dict };

  Kind kind = Kind::literal;
  std::string literal;
  std::size_t node = 0;           ///< index in `FxGraph::nodes`
  std::vector<FxArgument> items;  ///< of a container
  std::vector<std::string> keys;  ///< of a dict, as literals
};

struct FxNode {
  enum class Op { placeholder, get_attr, call_function, output };

  Op op = Op::call_function;
  std::string name;
  /// The function, the attribute, or the placeholder's own name.
  std::string target;
  /// `"f32[s77, 4]"` or `"Sym(s77)"`, without quotes; empty for other values.
  std::string annotation;
  std::vector<FxArgument> args;
  std::vector<std::pair<std::string, FxArgument>> kwargs;
  const Metadata* metadata = nullptr;
};

/// A graph as Python holds it after loading: one node for every value, so that
/// nodes of several results are followed by `getitem` nodes, and subgraphs are
/// attributes. Refers to the graph it was made from.
struct FxGraph {
  std::vector<FxNode> nodes;
  /// Subgraphs by attribute, in the order they are first mentioned.
  std::vector<std::pair<std::string, const Graph*>> subgraphs;
};

/// `signature` names the literal inputs; null for a subgraph, which has none.
/// Throws `ProgramError` for a value that no node defines.
FxGraph make_fx_graph(const Graph& graph, const GraphSignature* signature, SymbolText& symbols);

}  // namespace roundtrip
