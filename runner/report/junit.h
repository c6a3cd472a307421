#pragma once

#include <filesystem>
#include <string>

#include "runner/plan/shard.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// The run as JUnit XML: one `testsuite` for each derived class. Tests that were not run are
/// among those that were skipped.
std::string junit_xml(const RunResults& results, const PlanPart& part);

/// Writes the JUnit XML file at the end of the run.
class JUnitReporter final : public Reporter {
 public:
  JUnitReporter(std::filesystem::path path, PlanPart part)
      : path_(std::move(path)), part_(std::move(part)) {}
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path path_;
  PlanPart part_;
};

}  // namespace roundtrip
