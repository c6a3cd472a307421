#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace roundtrip {

/// The plugin libraries to load, each once, sorted within a folder: those of
/// `configured` (by default the folder `lib/roundtrip/plugins` beside the runner's
/// own), of `extra`, and of the environment's ROUNDTRIP_PLUGIN_PATH. A folder
/// stands for every `.so` in it. A path that does not exist is kept: loading it
/// says so.
std::vector<std::filesystem::path> find_plugins(
    const std::optional<std::vector<std::filesystem::path>>& configured,
    const std::vector<std::filesystem::path>& extra);

}  // namespace roundtrip
