#pragma once

#include "runner/cli/arguments.h"

namespace roundtrip {

/// The options of `roundtrip run`, which a profile may set too.
Arguments run_arguments();

}  // namespace roundtrip
