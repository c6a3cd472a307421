#pragma once

#include <cstdint>
#include <string>

namespace roundtrip {

/// Seconds above 0: "90" or "1.5". Throws std::invalid_argument, which says what it must be.
double parse_seconds(const std::string& text);

/// Seconds, of which there may be none. Throws std::invalid_argument likewise.
double parse_delay(const std::string& text);

/// A number of bytes: "65536", "512 MiB" or "4GiB". Throws std::invalid_argument likewise.
std::int64_t parse_bytes(const std::string& text);

}  // namespace roundtrip
