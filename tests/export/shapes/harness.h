#pragma once

#include <string>

#include "cases.h"

namespace roundtrip::testing {

struct Outcome {
  bool exact = false;  ///< layouts agree with real runs at every point
  ShapeSource source = ShapeSource::rule;
  std::string problem;
};

/// Asks for the layouts of one call's results once, with symbols, and compares sizes,
/// strides and offsets with what the operator really gives at kOtherPoints.
Outcome run(const Case& item);

}  // namespace roundtrip::testing
