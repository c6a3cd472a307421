#pragma once

#include <roundtrip/graph.h>

namespace roundtrip {

/// The graph with mutations carried out where they happen: what the signature lists as
/// the new value of an input is copied into that input, and is no output any more.
/// Throws `UnsupportedError` for a program that returns gradients.
Graph with_mutations_in_place(const GraphModule& module);

}  // namespace roundtrip
