#pragma once

#include <roundtrip/graph.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "export/unflatten/module_node.h"

namespace roundtrip {

/// One call of a module, as it was split off.
struct OutlinedCall {
  std::string path;  ///< of the module, without the call's index
  std::string key;   ///< the module's identity
  std::size_t call;
  std::string parent_path;
  ModuleNodePtr parent;
  ModuleNodePtr module;

  /// What the parent's graph calls it.
  std::string accessor() const;
};

struct Outline {
  ModuleNodePtr root;
  /// The calls of each module, in the order in which modules are first called.
  std::vector<std::vector<OutlinedCall>> calls;
  /// For every module, which value of the flat graph each of its graph's inputs is; empty
  /// for what a signature has the module take.
  std::unordered_map<const ModuleNode*, std::vector<std::string>> inputs;
};

/// Splits a flat graph into a tree of modules that call each other. State is passed
/// from the root to where it is used, as any other value. `signatures` are those that
/// were preserved, by the call's name. Throws `UnsupportedError` for a module that is not
/// below the one that calls it.
Outline outline(const Graph& flat,
                const std::unordered_map<std::string, ModuleCallSignature>& signatures);

}  // namespace roundtrip
