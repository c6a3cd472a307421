#pragma once

#include <string_view>

namespace roundtrip {

/// True for a relative path without tricks: no empty, `.` or `..` component and
/// no NUL. Both reader and writer demand it, so what is saved can be loaded.
bool is_plain_name(std::string_view name);

}  // namespace roundtrip
