#pragma once

#include <filesystem>

namespace roundtrip {

/// Reads the library's dynamic symbol table, without running any of its code, and
/// throws PluginError unless it exports an entry point of this runner's API
/// version and states this runner's LibTorch version.
void check_library(const std::filesystem::path& path);

/// Whether `check_library` finds nothing wrong with it.
bool is_plugin(const std::filesystem::path& path);

}  // namespace roundtrip
