#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "pt2/arguments.h"
#include "runner/plugin_host/plugin_host.h"

namespace roundtrip::pt2 {

/// Each does its work on every file. A file that fails is reported on standard
/// error and the others go on. Returns false if any failed.
bool show(const Arguments& arguments);
bool check(const Arguments& arguments);
bool convert(const Arguments& arguments);
bool eval(const Arguments& arguments);

using Owners = std::vector<std::shared_ptr<const Transform>>;

/// The transformations that `--transform` names, with the options that they have by default. The
/// host, which loads their plugins, outlives them. Throws UsageError.
Owners make_transforms(const Arguments& arguments, PluginHost& host);

/// On standard output; names of the file may stand in it, which a terminal is not to obey.
void print(const std::string& text);

/// Throws UsageError where it cannot be made.
void make_folder(const std::filesystem::path& folder);

/// Works on one file; why it failed is said on standard error.
bool work_on(const std::filesystem::path& file,
             const std::function<void(const std::filesystem::path&)>& work);

}  // namespace roundtrip::pt2
