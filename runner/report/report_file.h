#pragma once

#include <filesystem>
#include <string>

namespace roundtrip {

/// Writes a report so that readers see the old file or the whole new one: into a
/// temporary file beside it, then renamed. A target that is not a regular file
/// (/dev/stdout) is written to directly. Throws Error naming path and reason; no
/// temporary file stays behind.
void write_report_file(const std::filesystem::path& path, const std::string& text);

/// Makes the folders of a report's path, and sees whether a file can be written there. Returns the
/// absolute path. Throws Error as `write_report_file` does.
std::filesystem::path prepare_report_file(const std::filesystem::path& path);

/// Whether the path is one of a regular file, or of nothing yet.
bool is_file_or_nothing(const std::filesystem::path& path);

}  // namespace roundtrip
