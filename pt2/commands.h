#pragma once

#include <roundtrip/exported_program.h>

#include <functional>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// What becomes of a program that is converted.
using ConvertFn = std::function<ExportedProgram(const ExportedProgram&)>;

/// Each does its work on every file. A file that fails is reported on standard
/// error and the others go on. Returns false if any failed.
bool show(const Arguments& arguments);
bool check(const Arguments& arguments);
bool convert(const Arguments& arguments, const ConvertFn& change);
bool eval(const Arguments& arguments);
bool inputs(const Arguments& arguments);
bool run(const Arguments& arguments);

}  // namespace roundtrip::pt2
