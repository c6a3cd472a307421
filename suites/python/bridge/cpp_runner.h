#pragma once

#include <pybind11/pybind11.h>

namespace roundtrip {

/// What runs Python's ExportedProgram in C++: a callable `(module, args, kwargs)`, where the
/// module, one that the program's `module()` gave, has the parameters, buffers and constants
/// that the program uses and writes to. Operators of any namespace may be called: the process is
/// the test's own. The program crosses at the first call. C++'s exceptions become Python's.
pybind11::object cpp_runner(const pybind11::object& program);

}  // namespace roundtrip
