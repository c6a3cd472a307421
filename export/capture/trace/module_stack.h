#pragma once

#include <roundtrip/graph.h>
#include <roundtrip/module.h>

#include <string>

namespace roundtrip {

/// A C++ type as `nn_module_stack` has it: `torch.nn.modules.linear.Linear` for
/// `torch::nn::LinearImpl`, `a.B` for `a::B<int>`.
std::string python_type_name(const std::string& type);

/// The type of the model itself.
std::string root_type(const ModuleState& state);

void set_module_stack(Node& node, const std::string& stack);

/// Gives a `nn_module_stack` to nodes that no run of forward recorded, as Python does:
/// that of the node which makes their first argument; of a region, what its nodes have
/// in common.
void complete_module_stacks(Graph& graph);

/// Nodes that were moved out of the call they were recorded in belong to who made it: a call's
/// nodes lie together, for who makes modules of them.
void keep_calls_together(Graph& graph);

}  // namespace roundtrip
