#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runner/plan/plan.h"

namespace roundtrip {

/// A planned test as `list --json` prints it and every JSON record starts.
nlohmann::ordered_json test_json(const PlannedTest& test);

/// Null for an empty text.
nlohmann::ordered_json text_or_null(const std::string& text);

/// Indented, with a final newline; bytes that are not UTF-8 become U+FFFD.
std::string to_text(const nlohmann::ordered_json& json);

}  // namespace roundtrip
