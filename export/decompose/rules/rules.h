#pragma once

#include <roundtrip/decompositions.h>

namespace roundtrip {

/// Rules that lead to core ATen operators, by family. What each operator becomes is
/// what Python's `torch._decomp` makes of it.
void add_core_rules(DecompositionTable& table);

void add_pointwise_rules(DecompositionTable& table);
void add_factory_rules(DecompositionTable& table);
void add_view_rules(DecompositionTable& table);
void add_reduction_rules(DecompositionTable& table);
void add_layer_rules(DecompositionTable& table);
void add_recurrent_rules(DecompositionTable& table);
void add_resampling_rules(DecompositionTable& table);
void add_upsampling_rules(DecompositionTable& table);
void add_sequence_rules(DecompositionTable& table);
void add_membership_rules(DecompositionTable& table);

}  // namespace roundtrip
