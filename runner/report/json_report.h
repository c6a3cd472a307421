#pragma once

#include <filesystem>
#include <string>

#include "runner/report/reporter.h"

namespace roundtrip {

/// The run as JSON: counts of each outcome and a record of every test.
std::string json_report(const RunResults& results);

/// Writes the JSON file at the end of the run.
class JsonReporter final : public Reporter {
 public:
  explicit JsonReporter(std::filesystem::path path) : path_(std::move(path)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
};

}  // namespace roundtrip
