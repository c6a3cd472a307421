#pragma once

#include <roundtrip/exported_program.h>

#include <string>
#include <vector>

/// What the tests of what nodes say of themselves share.
namespace roundtrip {

/// An entry of a node's `nn_module_stack`.
struct StackEntry {
  std::string key;   ///< Python's key: `L__self___bar`
  std::string name;  ///< of the module: `bar`
  std::string type;
};

/// The modules a node comes from, outermost first; empty if the node does not say.
std::vector<StackEntry> module_stack(const Node& node);

/// The names of the innermost modules of the nodes whose operator's name has `part` in it.
std::vector<std::string> module_names(const ExportedProgram& program, const std::string& part);

/// What the node's metadata has under this name; empty if it has nothing.
std::string metadata(const Node& node, const std::string& name);

}  // namespace roundtrip
