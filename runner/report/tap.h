#pragma once

#include <filesystem>
#include <string>

#include "runner/plan/shard.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// The run in TAP, version 14: a line for each test, with a YAML block for what went wrong;
/// comments name the shard and the tests that were not run.
std::string tap_text(const RunResults& results, const PlanPart& part);

/// Writes the TAP file at the end of the run.
class TapReporter final : public Reporter {
 public:
  TapReporter(std::filesystem::path path, PlanPart part)
      : path_(std::move(path)), part_(std::move(part)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
  PlanPart part_;
};

}  // namespace roundtrip
