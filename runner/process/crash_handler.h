#pragma once

#include <span>

namespace roundtrip {

/// From here on a signal that ends this process by a fault of its own (SIGSEGV, SIGABRT,
/// ...) first writes the stack to `fd`, a frame a line, and one that ends it because it takes too
/// long (SIGTERM) the stacks of all threads, each after a line that names it; then it ends the
/// process as it would have. The stack may have overflowed. For the main thread of a test's
/// process, once.
void write_stack_on_crash(int fd);

/// Writes to the same `fd` where an exception was thrown: the addresses to which the calls that
/// were under way return, innermost first. Does nothing before `write_stack_on_crash`.
void write_throw(std::span<const void* const> addresses);

/// Loads what a later call of `write_stack_on_crash` needs, so that it is there when memory
/// is not. In the worker, before it forks.
void prepare_crash_handler();

}  // namespace roundtrip
