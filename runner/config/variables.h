#pragma once

#include <string>

namespace roundtrip {

/// `text` with `${NAME}` and `${NAME:-default}` replaced by environment variables, and
/// `$$` by a dollar. Throws std::invalid_argument saying which variable is not set, or that
/// a `${` is not closed.
std::string replace_variables(const std::string& text);

}  // namespace roundtrip
