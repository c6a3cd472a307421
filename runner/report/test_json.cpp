#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

using nlohmann::ordered_json;

XfailMark mark_from(const nlohmann::json& record) {
  return {record.at("property"), text_from(record.at("reason")), text_from(record.at("issue")),
          text_from(record.at("expires"))};
}

ordered_json quarantine_json(const Quarantine& quarantine) {
  return {{"reason", quarantine.reason},
          {"issue", text_or_null(quarantine.issue)},
          {"expires", quarantine.expires}};
}

Quarantine quarantine_from(const nlohmann::json& record) {
  return {record.at("reason"), text_from(record.at("issue")), record.at("expires")};
}

std::vector<TransformCall> chain_from(const nlohmann::json& list) {
  std::vector<TransformCall> chain;
  for (const auto& call : list) chain.push_back({call.at("name"), call.at("options")});
  return chain;
}

TestSettings settings_from(const nlohmann::json& values) {
  TestSettings settings;
  for (const auto& info : all_settings()) {
    std::visit([&](auto member) { values.at(info.name).get_to(settings.*member); }, info.member);
  }
  return settings;
}

ordered_json chain_json(const std::vector<TransformCall>& chain) {
  auto list = ordered_json::array();
  for (const auto& call : chain) list.push_back({{"name", call.name}, {"options", call.options}});
  return list;
}

ordered_json attempt_json(const Attempt& attempt) {
  return {{"outcome", outcome_name(attempt.outcome)},
          {"duration", attempt.seconds},
          {"message", attempt.message},
          {"output", attempt.output},
          {"backtrace", text_or_null(attempt.backtrace)},
          {"subcases", attempt.subcases},
          {"left_running", attempt.left_running}};
}

Outcome outcome_from(const nlohmann::json& record) {
  const std::string name = record.at("outcome");
  const auto outcome = find_outcome(name);
  if (outcome) return *outcome;
  throw nlohmann::json::other_error::create(501, "no outcome '" + name + "'", &record);
}

Attempt attempt_from(const nlohmann::json& record) {
  return {outcome_from(record),
          record.at("duration"),
          record.at("message"),
          record.at("output"),
          text_from(record.at("backtrace")),
          record.at("subcases").get<std::vector<std::string>>(),
          record.at("left_running").get<std::vector<std::string>>()};
}

}  // namespace

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

std::string text_from(const nlohmann::json& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

ordered_json settings_json(const TestSettings& settings) {
  ordered_json values;
  for (const auto& info : all_settings()) {
    std::visit([&](auto member) { values[info.name] = settings.*member; }, info.member);
  }
  return values;
}

ordered_json mark_json(const XfailMark& mark) {
  return {{"property", mark.property},
          {"reason", text_or_null(mark.reason)},
          {"issue", text_or_null(mark.issue)},
          {"expires", text_or_null(mark.expires)}};
}

ordered_json test_json(const PlannedTest& test) {
  return {{"id", test.id()},
          {"run", text_or_null(test.run)},
          {"repetition", test.repetition},
          {"suite", test.suite},
          {"test", test.test},
          {"class", test.class_name},
          {"name", test.name},
          {"transform", test.transform},
          {"chain", chain_json(test.chain)},
          {"tags", test.tags},
          {"xfail", test.xfail ? mark_json(*test.xfail) : ordered_json()},
          {"quarantine", test.quarantine ? quarantine_json(*test.quarantine) : ordered_json()},
          {"skip", text_or_null(test.skip_reason)},
          {"settings", settings_json(test.settings)},
          {"file", text_or_null(test.file)},
          {"line", test.line}};
}

PlannedTest planned_from_json(const nlohmann::json& record) {
  PlannedTest test;
  test.run = text_from(record.at("run"));
  test.repetition = record.at("repetition");
  test.suite = record.at("suite");
  test.test = record.at("test");
  test.class_name = record.at("class");
  test.name = record.at("name");
  test.transform = record.at("transform");
  test.chain = chain_from(record.at("chain"));
  test.tags = record.at("tags").get<std::vector<std::string>>();
  if (!record.at("xfail").is_null()) test.xfail = mark_from(record.at("xfail"));
  const auto& quarantine = record.at("quarantine");
  if (!quarantine.is_null()) test.quarantine = quarantine_from(quarantine);
  test.skip_reason = text_from(record.at("skip"));
  test.settings = settings_from(record.at("settings"));
  test.file = text_from(record.at("file"));
  test.line = record.at("line");
  return test;
}

ordered_json result_json(const TestResult& result) {
  auto record = test_json(*result.test);
  record["outcome"] = outcome_name(result.outcome);
  record["bad"] = result.is_bad();
  record["runs"] = result.runs;
  record["slow"] = result.is_slow;
  record["resumed"] = result.is_resumed;
  record["duration"] = result.seconds();
  record["artifacts"] = text_or_null(result.artifacts.string());
  record["artifacts_note"] = text_or_null(result.artifacts_note);
  record["message"] = result.last().message;
  record["output"] = result.last().output;
  record["attempts"] = ordered_json::array();
  for (const auto& attempt : result.attempts) record["attempts"].push_back(attempt_json(attempt));
  return record;
}

TestResult result_from_json(const nlohmann::json& record, const PlannedTest& test) {
  TestResult result{
      &test, outcome_from(record), {}, record.at("runs"), record.at("slow"), record.at("resumed")};
  result.artifacts = text_from(record.at("artifacts"));
  result.artifacts_note = text_from(record.at("artifacts_note"));
  for (const auto& attempt : record.at("attempts")) {
    result.attempts.push_back(attempt_from(attempt));
  }
  if (result.attempts.empty()) {
    throw nlohmann::json::other_error::create(501, "a result without attempts", &record);
  }
  return result;
}

std::string to_text(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string to_line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace roundtrip
