#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace roundtrip {

/// The plugin libraries to load, each once, sorted within a folder: those of
/// `only` (by default the folder `lib/roundtrip/plugins` beside the runner's
/// own), of `added`, and of the environment's ROUNDTRIP_PLUGIN_PATH. A folder
/// stands for every `.so` in it. A path that does not exist is kept: loading it
/// says so.
std::vector<std::filesystem::path> find_plugins(
    const std::optional<std::vector<std::filesystem::path>>& only,
    const std::vector<std::filesystem::path>& added);

/// Libraries below `folder`, three folders deep at most, that say they are plugins but are not
/// among `loaded`. They are read, and none of their code is run.
std::vector<std::filesystem::path> find_other_plugins(
    const std::filesystem::path& folder, const std::vector<std::filesystem::path>& loaded);

}  // namespace roundtrip
