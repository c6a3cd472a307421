#pragma once

namespace roundtrip {

/// Prints the exception that is being handled, a std::exception, to the error stream, and returns
/// the exit code that belongs to it.
int complain();

}  // namespace roundtrip
