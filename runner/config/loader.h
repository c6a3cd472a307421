#pragma once

#include <filesystem>

#include "runner/config/config.h"

namespace roundtrip {

/// Reads a YAML file, and before its entries those of the files that it includes, into `config`.
/// Notes every mistake in their form, and leaves out what it spoils.
void read_files(const std::filesystem::path& file, Config& config, Problems& problems);

}  // namespace roundtrip
