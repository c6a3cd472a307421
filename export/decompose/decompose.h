#pragma once

#include <roundtrip/decompositions.h>
#include <roundtrip/exported_program.h>

namespace roundtrip {

/// See `ExportedProgram::run_decompositions`.
Program decompose_program(const Program& program, const DecompositionTable& table,
                          const RunOptions& options);

}  // namespace roundtrip
