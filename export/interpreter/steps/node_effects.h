#pragma once

#include <roundtrip/graph.h>

#include <optional>

namespace roundtrip {

/// Whether the node does more than give its results: writes, asserts, draws random numbers,
/// changes modes. A call of graphs does what they do.
bool has_effects(const Node& node);

/// The same of the graphs that the node calls; nothing if it calls none.
std::optional<bool> has_effects_in_graphs(const Node& node);

/// Arithmetic on numbers: a function that is no operator and gives numbers.
bool is_arithmetic(const Node& node);

}  // namespace roundtrip
