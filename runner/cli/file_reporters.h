#pragma once

#include <optional>

#include "runner/cli/arguments.h"
#include "runner/plan/shard.h"
#include "runner/report/json_report.h"
#include "runner/report/junit.h"
#include "runner/report/tap.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// The reports in files that a command's options ask for, and Bazel's environment.
class FileReporters {
 public:
  /// Adds --junit, --json and --tap to `options`.
  static void declare(boost::program_options::options_description& options);

  /// Makes the folders of the files, and sees whether they can be written before there is anything
  /// to report, so that no run is in vain; a relative path is meant from this moment's folder,
  /// whatever a test does. Throws UsageError.
  FileReporters(const Arguments& arguments, const Environment& environment, const PlanPart& part);

  void add_to(Reporters& reporters);

 private:
  std::optional<JUnitReporter> junit_;
  std::optional<JsonReporter> json_;
  std::optional<TapReporter> tap_;
};

}  // namespace roundtrip
