#pragma once

#include <roundtrip/decompositions.h>
#include <roundtrip/exported_program.h>

namespace roundtrip {

/// See `ExportedProgram::run_decompositions`.
Program decompose_program(const Program& given, const DecompositionTable& table);

}  // namespace roundtrip
