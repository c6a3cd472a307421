#include "runner/report/json_report.h"

#include <nlohmann/json.hpp>

#include "runner/report/report_file.h"
#include "runner/report/test_json.h"

namespace roundtrip {

std::string json_report(const RunResults& results) {
  nlohmann::ordered_json counts;
  for (const Outcome outcome : kOutcomes) {
    counts[std::string(outcome_name(outcome))] = results.count(outcome);
  }
  auto tests = nlohmann::ordered_json::array();
  for (const auto& result : results.tests) {
    auto record = test_json(*result.test);
    record["outcome"] = outcome_name(result.outcome);
    record["duration"] = result.seconds;
    record["message"] = result.message;
    record["output"] = result.output;
    tests.push_back(std::move(record));
  }
  const nlohmann::ordered_json report = {{"version", 1},
                                         {"planned", results.planned},
                                         {"interrupted", results.interrupted},
                                         {"fault", text_or_null(results.fault)},
                                         {"duration", results.seconds},
                                         {"jobs", results.jobs},
                                         {"counts", std::move(counts)},
                                         {"tests", std::move(tests)}};
  return to_text(report);
}

void JsonReporter::run_finished(const RunResults& results) {
  write_report_file(path_, json_report(results));
}

}  // namespace roundtrip
