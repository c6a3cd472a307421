#include "runner/report/read_report.h"

#include <fmt/format.h>
#include <roundtrip/error.h>

#include <ctime>
#include <fstream>

#include "runner/report/json_report.h"
#include "runner/report/part_json.h"
#include "runner/report/test_json.h"

namespace roundtrip {

namespace {

using nlohmann::json;

std::chrono::system_clock::time_point time_from(const std::string& text) {
  std::tm parts{};
  ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

/// Without the library's number of the error; with the place in the document (JSON_DIAGNOSTICS).
std::string plain_message(const json::exception& error) {
  const std::string text = error.what();
  const auto end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

Report report_from(const json& document) {
  Report report;
  for (const auto& record : document.at("tests")) {
    const auto& test = report.add(planned_from_json(record));
    report.results.tests.push_back(result_from_json(record, test));
  }
  for (const auto& record : document.at("not_run")) {
    report.results.not_run.push_back(&report.add(planned_from_json(record)));
  }
  report.results.planned = document.at("planned");
  report.results.jobs = document.at("jobs");
  report.results.seconds = document.at("duration");
  report.results.interrupted = document.at("interrupted");
  report.results.gave_up = document.at("gave_up");
  report.results.fault = text_from(document.at("fault"));
  report.results.missing = document.at("missing").get<std::vector<std::string>>();
  report.results.started = time_from(document.at("started"));
  report.environment = environment_from_json(document.at("environment"));
  report.part = part_from_json(document);
  return report;
}

}  // namespace

const PlannedTest& Report::add(PlannedTest test) {
  plan.push_back(std::make_shared<const PlannedTest>(std::move(test)));
  return *plan.back();
}

Report read_report(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) {
    throw ConfigError(file.string() + ": cannot be opened; give the path of a JSON report");
  }
  try {
    const auto document = json::parse(stream);
    if (document.at("version") != kReportVersion) {
      throw ConfigError(fmt::format(
          "{}: is of another version of roundtrip, which writes another form than {}; run its "
          "tests again",
          file.string(), kReportVersion));
    }
    return report_from(document);
  } catch (const json::exception& error) {
    throw ConfigError(fmt::format("{}: is no JSON report of 'roundtrip run': {}", file.string(),
                                  plain_message(error)));
  }
}

}  // namespace roundtrip
