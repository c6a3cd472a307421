#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// What stands before each frame that a crashing test writes to its result pipe: "frame OFFSET
/// FILE", where in which file its code lies.
inline constexpr std::string_view kFramePrefix = "frame ";

/// What stands before the name of a thread, whose frames follow.
inline constexpr std::string_view kThreadPrefix = "thread ";

/// The calls of a thread: frames without that prefix.
struct ThreadStack {
  std::string thread;  ///< empty where only one is told of
  std::vector<std::string> frames{};
};

/// Them for a person: a call a line, with its function and line of source where they are known.
/// Left out is what runs tests: frames of the runner, of the suite library and of what starts
/// threads; several calls in a row of the C++ library are one line. Of several threads, each has
/// its name above it, and those that do the same are told of together.
std::string readable_backtrace(const std::vector<ThreadStack>& stacks);

}  // namespace roundtrip
