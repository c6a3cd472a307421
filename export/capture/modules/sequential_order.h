#pragma once

#include <vector>

#include "export/capture/modules/module_tree.h"
#include "export/capture/modules/seen_calls.h"

namespace roundtrip {

inline constexpr const char* kSequential = "torch::nn::SequentialImpl";

/// A `torch::nn::Sequential` calls each of its children once, in order: where only one order of
/// them fits the calls that it made, those are known. `calls` are in order; does nothing for other
/// modules.
void order_children(std::size_t module, const std::vector<SeenCall*>& calls,
                    const ModuleTree& tree);

/// Where compilers made the forward of a `torch::nn::Sequential` a part of its caller, the calls of
/// its children stand among the items of that. Puts those that follow each other, one of which is
/// known, into a call of it, if they are in its order.
void restore_sequentials(std::vector<SeenItem>& items, const ModuleTree& tree);

}  // namespace roundtrip
