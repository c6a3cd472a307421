#pragma once

#include <functional>
#include <vector>

#include "export/capture/modules/module_tree.h"
#include "export/capture/modules/seen_calls.h"

namespace roundtrip {

/// The parameters and buffers that the node of a stack uses.
using TensorsOfNode = std::function<std::vector<at::Tensor>(std::size_t stack)>;

/// Says of the calls which module each is of, where that is certain:
///  - its nodes, or the calls within, use parameters and buffers of that module or of those below,
///  - it is the only module of the class below the one that calls it,
///  - or by its place between others in a `torch::nn::Sequential`, which calls all in order.
/// Calls that turn out to be several are split; what lies between them stays with the caller.
void find_modules(SeenCall& root, const ModuleTree& tree, const TensorsOfNode& tensors);

}  // namespace roundtrip
