#pragma once

#include <roundtrip/program.h>

namespace roundtrip {

/// The program with its state in the order in which Python's decomposed programs have it, that
/// of its modules: parameters, then buffers and constants, each module's own before those of
/// the modules below. Modules come as the names of the state first mention them. What else is
/// among the inputs stays where it is.
Program in_module_order(Program program);

}  // namespace roundtrip
