#pragma once

#include <string>

namespace roundtrip {

/// The text as one word of a shell's command line; quoted only where it has to be.
std::string shell_quoted(const std::string& text);

}  // namespace roundtrip
