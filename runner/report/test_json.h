#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "runner/plan/plan.h"
#include "runner/results/results.h"

namespace roundtrip {

/// To gather many values in: with nlohmann's diagnostics an ordered array looks at all of its
/// elements when one is added.
using JsonList = nlohmann::ordered_json::array_t;

/// A planned test as `list --json` prints it and every JSON record starts.
nlohmann::ordered_json test_json(const PlannedTest& test);

/// The record of a test that was run or skipped: what `test_json` says, and how it ended.
nlohmann::ordered_json result_json(const TestResult& result);

/// The result that a record tells of, of this test. Throws nlohmann's exception when it is
/// no such record.
TestResult result_from_json(const nlohmann::json& record, const PlannedTest& test);

/// The test that a record tells of, as far as it does. Throws nlohmann's exception when it is
/// no such record.
PlannedTest planned_from_json(const nlohmann::json& record);

/// A value for every setting, by its name.
nlohmann::ordered_json settings_json(const TestSettings& settings);

nlohmann::ordered_json mark_json(const XfailMark& mark);

/// Null for an empty text, and the other way round.
nlohmann::ordered_json text_or_null(const std::string& text);
std::string text_from(const nlohmann::json& value);

/// Indented, with a final newline; bytes that are not UTF-8 become U+FFFD.
std::string to_text(const nlohmann::ordered_json& json);

/// The same in one line, for files that grow line by line.
std::string to_line(const nlohmann::ordered_json& json);

}  // namespace roundtrip
