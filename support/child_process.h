#pragma once

#include <cstdint>
#include <string>

namespace roundtrip {

/// "SIGSEGV (Segmentation fault)".
std::string signal_name(int number);

/// A wait status as words: "was killed by SIGSEGV (Segmentation fault)" or
/// "exited with code 3".
std::string describe_exit(int status);

/// From here on this process may allocate so many bytes more; 0 is no limit. What its libraries
/// have taken does not count.
void limit_memory(std::int64_t bytes);

}  // namespace roundtrip
