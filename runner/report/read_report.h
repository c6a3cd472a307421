#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "runner/plan/shard.h"
#include "runner/report/environment.h"
#include "runner/results/results.h"

namespace roundtrip {

/// A JSON report, read again. Shares the tests that its results point to with its copies.
struct Report {
  std::vector<std::shared_ptr<const PlannedTest>> plan;
  RunResults results;
  Environment environment;
  PlanPart part;

  const PlannedTest& add(PlannedTest test);
};

/// Throws ConfigError naming the file when it cannot be read or is no such report.
Report read_report(const std::filesystem::path& file);

}  // namespace roundtrip
