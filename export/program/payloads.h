#pragma once

#include <roundtrip/exported_program.h>

#include <string>

namespace roundtrip {

/// The entry of the program's weights or constants. Throws `ProgramError` if there is none.
const Payload& payload_of(const Program& program, const std::string& name);

/// Its tensor, to run with; null for a pickled object. Throws `UnsupportedError` for one whose
/// file says that it lies on another device than the CPU.
const at::Tensor* tensor_of(const Program& program, const std::string& name);

}  // namespace roundtrip
