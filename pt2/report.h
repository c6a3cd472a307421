#pragma once

#include <string>

namespace roundtrip::pt2 {

/// Says on standard error, after the program's name, what went wrong. What a file has named
/// may stand in it: control characters are spelled out.
void report(const std::string& text);

}  // namespace roundtrip::pt2
