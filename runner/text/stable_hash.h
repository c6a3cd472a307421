#pragma once

#include <cstdint>
#include <string_view>

namespace roundtrip {

/// FNV-1a of 64 bits: the same on every machine and in every version.
std::uint64_t stable_hash(std::string_view text);

}  // namespace roundtrip
