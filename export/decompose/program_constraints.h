#pragma once

#include <roundtrip/exported_program.h>

#include <vector>

#include "export/capture/inputs/input_constraints.h"
#include "export/tracing/symbols.h"

namespace roundtrip {

/// What a program's graph says of its inputs' sizes, leaf by leaf of `inputs`: what was
/// a symbol when it was captured is one again.
std::vector<LeafConstraints> program_constraints(const Program& program,
                                                 const ExampleInputs& inputs);

/// Whether an example has the size 0 or 1 where the program takes any, of which tracing makes
/// constants.
bool is_tiny_example(const Program& program, const ExampleInputs& inputs);

/// Tells the symbols of the inputs what else the program's graph says of them: that one is the
/// product of two others, say. `leaves` are the traced inputs.
void require_known_sizes(const Program& program, const std::vector<const Value*>& leaves,
                         Symbols& symbols);

}  // namespace roundtrip
