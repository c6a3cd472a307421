#pragma once

#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <string>
#include <vector>

namespace roundtrip {

/// The program's tensors as those of a model: parameters and buffers in the order of
/// its signature, and `constants`, which the program's plan knows.
ModuleState program_state(const Program& program, const OrderedMap<at::Tensor>& constants);

/// Names of the parameters of the program's forward.
std::vector<std::string> positional_names(const Program& program);

}  // namespace roundtrip
