#pragma once

#include <roundtrip/exported_program.h>

#include <cstdint>
#include <optional>
#include <set>

namespace roundtrip {

/// The sizes above 1 that tensors among the example inputs have.
std::set<std::int64_t> input_sizes(const ExportedProgram& program);

/// The program with `smaller` in place of each size `size` of its example inputs, of which the
/// front part is left: the same program where it takes that, else one exported again from it.
/// Nothing where the program has no such inputs; throws where it has no use for them.
std::optional<ExportedProgram> with_smaller_size(const ExportedProgram& program, std::int64_t size,
                                                 std::int64_t smaller);

}  // namespace roundtrip
