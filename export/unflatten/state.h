#pragma once

#include <roundtrip/exported_program.h>

#include "export/unflatten/outline.h"

namespace roundtrip {

/// Gives every module its parameters, buffers and constants: copies of the program's, of
/// which those that are one tensor in the program are one again.
void assign_state(const Program& program, const ModuleNodePtr& root);

/// Has modules use their own state instead of being passed it: what a graph takes as an
/// input and the module has under a name of its own becomes the module's `state`.
void sink_state(const Program& program, const Outline& outline);

}  // namespace roundtrip
