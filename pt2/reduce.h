#pragma once

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// The command `reduce`: makes of each program that fails under the transformations the smallest
/// part that fails in the same way. Returns false if one does not fail, or cannot be read.
bool reduce(const Arguments& arguments);

}  // namespace roundtrip::pt2
