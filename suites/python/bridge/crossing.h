#pragma once

#include <pybind11/pybind11.h>
#include <roundtrip/exported_program.h>

namespace roundtrip {

/// Python's ExportedProgram in C++, and back, by the bytes of a `.pt2` file: nothing is shared.
/// Exceptions of Python and of the archive pass through.
ExportedProgram to_cpp_program(const pybind11::object& program);
pybind11::object to_python_program(const ExportedProgram& program);

}  // namespace roundtrip
