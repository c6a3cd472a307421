#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runner/report/read_report.h"

namespace roundtrip {

/// The files themselves; for a folder the JSON files in it and in those below. Throws ConfigError
/// for a folder without any.
std::vector<std::filesystem::path> report_files(const std::vector<std::string>& names);

/// The reports of these files, joined. What is missing is named in the results.
Report joined_reports(const std::vector<std::filesystem::path>& files);

}  // namespace roundtrip
