#include "export/decompose/rules.h"

namespace roundtrip {

void add_core_rules(DecompositionTable&) {
}

}  // namespace roundtrip
