#pragma once

#include <roundtrip/graph.h>

#include <memory>

#include "export/interpreter/graphs/call_reader.h"

namespace roundtrip {

/// The step of a node that calls a function of Python's `torch._functorch.predispatch`,
/// of which a vmap consists. Throws `UnsupportedError` for those of other transforms.
std::unique_ptr<Step> make_vmap_step(const std::string& target, CallReader& call);

/// Whether the node is one of these.
bool is_vmap_node(const Node& node);

}  // namespace roundtrip
