#pragma once

#include <roundtrip/exported_program.h>

#include <string>

namespace roundtrip {

/// The program as Python prints a loaded ExportedProgram: graph code with shape
/// annotations, signature, range constraints.
std::string print_program(const Program& program);

}  // namespace roundtrip
