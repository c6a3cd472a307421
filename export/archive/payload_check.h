#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// Holds every weight and constant against what the graph says of the input that it becomes:
/// kernels are called by the graph's word. Throws `ArchiveError` naming the tensor.
void check_payloads(const Program& program);

}  // namespace roundtrip
