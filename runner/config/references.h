#pragma once

#include "runner/config/config.h"

namespace roundtrip {

/// Notes each transform of a run, and each group of an override, that the configuration does not
/// have. Whether its suites are there is known once plugins are loaded.
void check_references(const Config& config, Problems& problems);

}  // namespace roundtrip
