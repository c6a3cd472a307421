#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// What stands before each frame that a crashing test writes to its result pipe: "frame OFFSET
/// FILE", where in which file its code lies.
inline constexpr std::string_view kFramePrefix = "frame ";

/// What stands before each frame of those in which an exception was thrown that left the test.
inline constexpr std::string_view kThrownPrefix = "thrown ";

/// What stands before the name of a thread, whose frames follow.
inline constexpr std::string_view kThreadPrefix = "thread ";

/// The calls of a thread: frames without that prefix.
struct ThreadStack {
  std::string thread;  ///< empty where only one is told of
  std::vector<std::string> frames{};
};

/// The stacks as text: a call a line, with its function and source line where these are known.
/// Frames of what runs tests (the runner, the suite library, the start of threads) are left out;
/// consecutive calls in the C++ library become one line. With several threads, each stack stands
/// below the thread's name, and threads with equal stacks share one.
std::string readable_backtrace(const std::vector<ThreadStack>& stacks);

}  // namespace roundtrip
