#pragma once

#include <roundtrip/exported_program.h>

#include <filesystem>
#include <string>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// The value in a file that `torch.save` wrote. Tensors of other devices come to the CPU.
Value read_saved(const std::filesystem::path& path);

/// What a program is to run on: its example inputs, or what `--inputs` names, which is
///
/// - a file of `torch.save`: a tuple or list of the positional inputs; a dict of inputs by name; a
///   tuple of a tuple and a dict, for both; or else the one input;
/// - a `.pt2` file: its example inputs.
///
/// Throws `InputError` if the program has no example inputs.
ExampleInputs inputs_to_run(const Arguments& arguments, const ExportedProgram& program);

}  // namespace roundtrip::pt2
