#pragma once

#include <pybind11/pybind11.h>

#include <filesystem>

namespace roundtrip {

/// Starts the one Python of this process, or, when it runs, checks that it is this one: `python`
/// is an interpreter or the folder of an environment; empty for the one that Roundtrip was built
/// with. Its torch must be the LibTorch that is loaded. The calling thread holds the interpreter's
/// lock from then on; signals are left alone. Throws `Error`.
void start_python(const std::filesystem::path& python);

/// Makes the interpreter of a process that was forked since usable. To be called before any
/// other use of Python in it.
void continue_after_fork();

/// The module of unittest_bridge.py.
pybind11::module_ unittest_bridge();

}  // namespace roundtrip
