#pragma once

#include <roundtrip/archive.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pt2/arguments.h"

namespace roundtrip::pt2 {

/// Prints to standard output; names from the file must not control the terminal.
void print(const std::string& text);

/// Throws UsageError where it cannot be made.
void make_folder(const std::filesystem::path& folder);

/// Works on one file; why it failed is said on standard error.
bool work_on(const std::filesystem::path& file,
             const std::function<void(const std::filesystem::path&)>& work);

/// Works on each in a process of its own. One that fails is reported, the others go on. Returns
/// false if any failed.
bool for_each_file(const Arguments& arguments,
                   const std::function<void(const std::filesystem::path&)>& work);

/// The models of the file that a command is about: the one that was chosen, or all.
std::vector<NamedProgram> chosen_models(const Arguments& arguments,
                                        const std::filesystem::path& file,
                                        LoadOptions options = {});

/// For a command that takes one model of a file, and runs it.
ExportedProgram chosen_model(const Arguments& arguments, const std::filesystem::path& file);

}  // namespace roundtrip::pt2
