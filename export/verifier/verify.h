#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// The room's door: checks every rule that `ExportedProgram::validate` promises.
/// Throws `VerificationError` at the first one that the program breaks.
void verify_program(const Program& program);

}  // namespace roundtrip
