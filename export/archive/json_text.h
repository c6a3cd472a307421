#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Values as Python's `json.dumps` spells them, appended to a text.
namespace roundtrip::json {

void append_int(std::string& out, std::int64_t value);
void append_bool(std::string& out, bool value);

/// Python's `repr`; infinities and NaN as the strings the schema uses for them.
void append_double(std::string& out, double value);

/// Quoted, everything but printable ASCII escaped. Throws `ArchiveError` if the
/// text is not UTF-8.
void append_string(std::string& out, std::string_view text);

}  // namespace roundtrip::json
