#pragma once

#include <filesystem>
#include <string>

namespace roundtrip {

/// The SHA-256 of a file's bytes in hexadecimal digits, by which two builds of a plugin are told
/// apart; empty when the file cannot be read.
std::string file_sha256(const std::filesystem::path& file);

}  // namespace roundtrip
