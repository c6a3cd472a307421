#pragma once

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// Each does its work on every file. A file that fails is reported on standard
/// error and the others go on. Returns false if any failed.
bool show(const Arguments& arguments);
bool check(const Arguments& arguments);
bool convert(const Arguments& arguments);
bool eval(const Arguments& arguments);

}  // namespace roundtrip::pt2
