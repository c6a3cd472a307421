#pragma once

#include <roundtrip/exported_program.h>

#include <vector>

#include "export/capture/trace/trace.h"

namespace roundtrip {

/// True for an output that is the new value of a buffer, parameter or input.
bool is_mutation(const OutputSpec& spec);

/// The program with `trace` as its graph, in the dialect `ATEN`. The trace's first
/// outputs are new values of the inputs `mutated`, the others the program's results.
/// Tensors are the program's own.
Program functional_program(const Program& program, Trace trace,
                           const std::vector<std::size_t>& mutated);

}  // namespace roundtrip
