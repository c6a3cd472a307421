#pragma once

#include <roundtrip/graph.h>

#include <string>

namespace roundtrip::compare {

/// `[x, 1]`, `None`, `torch.float32`: an argument as code has it. A subgraph is its name.
std::string argument_text(const Argument& argument);

/// `add = aten.add.Tensor(x, y, alpha=2)`.
std::string node_text(const Node& node);

/// `aten.add.Tensor` for `torch.ops.aten.add.Tensor`.
std::string target_text(const std::string& target);

}  // namespace roundtrip::compare
