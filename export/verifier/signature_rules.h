#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// Checks that the signature names the graph's inputs and outputs in their order,
/// that parameters, buffers and constants have values, and that what is written
/// to exists. Throws `VerificationError`.
void verify_signature(const Program& program);

/// Checks the call signatures of the root and of the modules that kept theirs.
void verify_module_calls(const GraphModule& module);

}  // namespace roundtrip
