#pragma once

#include <filesystem>
#include <vector>

#include "runner/plan/shard.h"
#include "runner/report/environment.h"
#include "runner/results/results.h"

namespace roundtrip {

/// A JSON report, read again. Owns the tests that its results point to.
struct Report {
  std::vector<PlannedTest> plan;
  RunResults results;
  Environment environment;
  PlanPart part;
};

/// Throws ConfigError naming the file when it cannot be read or is no such report.
Report read_report(const std::filesystem::path& file);

}  // namespace roundtrip
