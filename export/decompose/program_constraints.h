#pragma once

#include <roundtrip/exported_program.h>

#include <vector>

#include "export/capture/input_constraints.h"

namespace roundtrip {

/// What a program's graph says of its inputs' sizes, leaf by leaf of `inputs`: what was
/// a symbol when it was captured is one again.
std::vector<LeafConstraints> program_constraints(const Program& program,
                                                 const ExampleInputs& inputs);

}  // namespace roundtrip
