#pragma once

#include <string>

namespace roundtrip {

/// A wait status as words: "was killed by SIGSEGV (Segmentation fault)" or
/// "exited with code 3".
std::string describe_exit(int status);

}  // namespace roundtrip
