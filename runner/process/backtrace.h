#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// What stands before each frame that a crashing test writes to its result pipe: "frame OFFSET
/// FILE", where in which file its code lies.
inline constexpr std::string_view kFramePrefix = "frame ";

/// Such frames, without that prefix, for a person: a call a line, with its function and line of
/// source where they are known. Left out is what runs tests: frames of the runner, of the suite
/// library and of what starts threads; several calls in a row of the C++ library are one line.
std::string readable_backtrace(const std::vector<std::string>& frames);

}  // namespace roundtrip
