#pragma once

#include <roundtrip/exported_program.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace roundtrip {

/// The nodes at these places, in order, as a program of their own. Its inputs are what they use:
/// parameters, buffers and constants under their names, and tensors, among them those that left
/// out nodes calculate, as inputs of the user, whose example values are what the program calculates
/// on its own example inputs. Its outputs are the tensors that none of the nodes uses. Nothing
/// where that is no program: no node has such a result, or one uses a number, a token or an object
/// that a left out node gives. It may be none that `validate` takes. Runs the program.
std::optional<ExportedProgram> program_part(const ExportedProgram& program,
                                            const std::vector<std::size_t>& nodes);

}  // namespace roundtrip
