#pragma once

#include <vector>

#include "export/symbolic/env/shape_env_state.h"

namespace roundtrip {

/// The range constraints of the program, as Python's `make_constraints` finds them.
/// Narrows sizes by the bounds that were asked of automatic and dynamic ones; throws
/// `CaptureError` where those contradict the guards.
std::vector<ShapeEnv::Range> program_ranges(const std::vector<InputSize>& inputs,
                                            Knowledge& knowledge);

}  // namespace roundtrip
