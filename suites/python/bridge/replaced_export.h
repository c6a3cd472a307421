#pragma once

#include <pybind11/pybind11.h>
#include <roundtrip/transform.h>

#include <vector>

namespace roundtrip {

/// What stands in for Python's `export` in a test: a callable of its signature that runs the
/// chain in C++, and calls `original` where the chain calls export. `original` itself where the
/// chain is empty: nothing is changed then, and nothing crosses.
///
/// What a transformation sees: the options `strict`, `preserve_module_call_signature` and
/// `prefer_deferred_runtime_asserts_over_guards`; arguments as `Exchange` makes them; the model
/// as a module that calls Python. A program crosses as the bytes of a `.pt2` file, and only when
/// it is looked at or has changed. `ExportedProgram::module()`, handed to `next`, is exported
/// again in Python, with dynamic shapes by position; other modules in C++. `chain` outlives it.
pybind11::object replaced_export(const pybind11::object& original,
                                 const std::vector<const Transform*>& chain);

}  // namespace roundtrip
