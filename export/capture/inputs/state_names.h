#pragma once

#include <roundtrip/export.h>

#include <string>
#include <vector>

namespace roundtrip {

/// Throws `CaptureError` for a name of the model's parameters, buffers, constants or
/// submodules, or of an input, with which Python could not run the program, naming one that
/// works. Returns a message for each with which Python cannot unflatten it.
std::vector<std::string> check_names(const ExportCall& call, const ModuleState& state);

}  // namespace roundtrip
