#pragma once

#include <roundtrip/exported_program.h>

#include <filesystem>
#include <functional>
#include <string>

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

/// Prints to standard output; names from the file must not control the terminal.
void print(const std::string& text);

/// Throws UsageError where it cannot be made.
void make_folder(const std::filesystem::path& folder);

/// Works on one file; why it failed is said on standard error.
bool work_on(const std::filesystem::path& file,
             const std::function<void(const std::filesystem::path&)>& work);

}  // namespace roundtrip::pt2
