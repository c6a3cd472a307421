#pragma once

#include <string>
#include <vector>

namespace roundtrip {

/// The libraries that this process has loaded, without those of the system and of LibTorch, whose
/// versions say what they are. In order.
std::vector<std::string> libraries_of_process();

}  // namespace roundtrip
