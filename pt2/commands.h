#pragma once

#include <filesystem>
#include <functional>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// Each does its work on every file. A file that fails is reported on standard
/// error and the others go on. Returns false if any failed.
bool show(const Arguments& arguments);
bool check(const Arguments& arguments);
bool convert(const Arguments& arguments);
bool eval(const Arguments& arguments);

/// Works on one file; why it failed is said on standard error.
bool work_on(const std::filesystem::path& file,
             const std::function<void(const std::filesystem::path&)>& work);

}  // namespace roundtrip::pt2
