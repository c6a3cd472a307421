#pragma once

#include <string>
#include <vector>

namespace roundtrip {

/// "; did you mean 'x'?" when one of `known` is close to `wrong`, else "".
std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& known);

/// "'a', 'b', 'c'", or "none" for an empty list.
std::string quoted_list(const std::vector<std::string>& names);

}  // namespace roundtrip
