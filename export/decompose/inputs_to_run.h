#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// The program's example inputs or, if it has none, inputs made of what its graph says of
/// them: real numbers between 0 and 1, integers 0, symbols by their hints. Throws
/// `CaptureError` if the graph does not say enough.
ExampleInputs inputs_to_run(const Program& program);

}  // namespace roundtrip
