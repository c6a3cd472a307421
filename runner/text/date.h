#pragma once

#include <string>

namespace roundtrip {

/// Whether the text is a day as in 2027-01-31. Days in this form are in order as texts are.
bool is_date(const std::string& text);

/// This day, in UTC.
std::string today();

/// This second, in UTC, for names: 20270131-235959.
std::string now_for_names();

}  // namespace roundtrip
