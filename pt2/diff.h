#pragma once

#include <string>
#include <vector>

namespace roundtrip::pt2 {

/// The command `diff`: prints how two programs differ. Returns its exit code, that of diff(1): 0
/// where they are the same, 1 where they differ, 2 where one cannot be read.
int diff(const std::vector<std::string>& words);

}  // namespace roundtrip::pt2
