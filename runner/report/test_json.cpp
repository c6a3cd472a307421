#include "runner/report/test_json.h"

namespace roundtrip {

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

nlohmann::ordered_json test_json(const PlannedTest& test) {
  return {{"suite", test.suite},
          {"test", test.test},
          {"class", test.class_name},
          {"name", test.name},
          {"transform", test.transform},
          {"chain", test.chain},
          {"xfail", text_or_null(test.xfail)},
          {"skip", text_or_null(test.skip_reason)},
          {"timeout", test.timeout_seconds},
          {"file", text_or_null(test.file)},
          {"line", test.line}};
}

std::string to_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace roundtrip
