#pragma once

#include <string>

namespace roundtrip {

/// What the `Annotate` regions around this place say, as JSON; empty if there are none.
const std::string& current_annotations();

}  // namespace roundtrip
