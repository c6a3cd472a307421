#pragma once

#include <roundtrip/exported_program.h>

#include <string>

namespace roundtrip {

/// The tensor of the program's weights or constants, to run with; null for a pickled object.
/// Throws `ProgramError` if there is none, `UnsupportedError` for one whose file says that it lies
/// on another device than the CPU.
const at::Tensor* tensor_of(const Program& program, const std::string& name);

}  // namespace roundtrip
