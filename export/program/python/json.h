#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace roundtrip {

/// JSON that Python wrote, NaN and infinities included. Throws `ProgramError`
/// beginning with `where`, with the character at fault.
rapidjson::Document parse_python_json(std::string_view text, const std::string& where);

/// As Python's `json.dumps` writes it.
std::string json_dumps(const rapidjson::Value& json);

/// As Python's `repr` prints what `json.loads` made of it.
std::string json_repr(const rapidjson::Value& json);

std::string json_text(const rapidjson::Value& string);

}  // namespace roundtrip
