#pragma once

#include <roundtrip/program.h>

namespace roundtrip {

/// The program with one input for each parameter, buffer and constant, the first: torch 2.9
/// gave weights that are tied one for each of their names, all with the same target.
Program without_repeated_inputs(Program program);

}  // namespace roundtrip
