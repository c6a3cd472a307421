#include "export/decompose/rules/rules.h"

namespace roundtrip {

void add_core_rules(DecompositionTable& table) {
  add_pointwise_rules(table);
  add_factory_rules(table);
  add_view_rules(table);
  add_reduction_rules(table);
  add_layer_rules(table);
  add_recurrent_rules(table);
  add_resampling_rules(table);
  add_upsampling_rules(table);
  add_sequence_rules(table);
  add_membership_rules(table);
}

}  // namespace roundtrip
