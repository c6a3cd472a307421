#pragma once

#include <roundtrip/graph.h>

#include <cstddef>
#include <string>
#include <vector>

namespace roundtrip {

/// A module on the way from the root to the module that a node belongs to.
struct StackEntry {
  std::string path;
  std::string type;      ///< empty for the root
  std::size_t call = 0;  ///< how often the module was called before
  std::string key;       ///< the module's identity, without the call

  bool operator==(const StackEntry& other) const {
    return path == other.path && type == other.type && call == other.call;
  }
};
using Stack = std::vector<StackEntry>;

/// The node's `nn_module_stack`, cut where its paths do not lead downwards. Empty for a
/// node that belongs to whichever module it is found in. Throws `UnsupportedError` for a
/// node without one.
Stack module_stack(const Node& node);

/// Metadata of a node that belongs to whichever module it is found in.
Metadata anywhere();

/// The type of the root module, as the first node that tells it has it.
std::string root_type(const Graph& graph);

}  // namespace roundtrip
