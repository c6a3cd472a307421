#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// What stands before each frame that a crashing test writes to its result pipe.
inline constexpr std::string_view kFramePrefix = "frame ";

/// The frames that backtrace_symbols_fd wrote, for a person: names of C++ demangled, without
/// the frames of the crash handler and of what runs the test, a line each.
std::string readable_backtrace(const std::vector<std::string>& frames);

}  // namespace roundtrip
