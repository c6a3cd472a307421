#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "runner/plan/shard.h"
#include "runner/report/environment.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// Of the form that reports have now.
inline constexpr int kReportVersion = 2;

/// The run as JSON: counts of each outcome and a record of every test.
std::string json_report(const RunResults& results, const Environment& environment,
                        const PlanPart& part);

nlohmann::ordered_json environment_json(const Environment& environment);

/// The environment that a report tells of. Throws nlohmann's exception when it tells of none.
Environment environment_from_json(const nlohmann::json& record);

/// Writes the JSON file at the end of the run.
class JsonReporter final : public Reporter {
 public:
  JsonReporter(std::filesystem::path path, Environment environment, PlanPart part)
      : path_(std::move(path)), environment_(std::move(environment)), part_(std::move(part)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
  Environment environment_;
  PlanPart part_;
};

}  // namespace roundtrip
