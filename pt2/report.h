#pragma once

#include <string>

namespace roundtrip::pt2 {

/// Prints what went wrong to standard error, after the program's name. The message may hold names
/// from a file: control characters are spelled out.
void report(const std::string& text);

}  // namespace roundtrip::pt2
