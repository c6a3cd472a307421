#pragma once

#include <roundtrip/export.h>

namespace roundtrip {

/// The room's door: what `roundtrip::export_program` promises, as a plain Program.
Program capture_program(const ExportCall& call);

}  // namespace roundtrip
