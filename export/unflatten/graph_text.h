#pragma once

#include <string>

#include "export/unflatten/module_node.h"

namespace roundtrip {

/// The module's graph, a node a line, as `torch.fx` prints graphs.
std::string graph_text(const ModuleNode& module);

/// The tree of modules, as Python prints modules.
std::string tree_text(const ModuleNode& module);

}  // namespace roundtrip
