#pragma once

#include <optional>

#include "runner/results/reporter.h"

namespace roundtrip {

/// How long the rest of a run will take, by the times that its tests took in earlier runs and by
/// how much longer or shorter the first of them take now.
class TimeLeft {
 public:
  void run_started(const RunStart& start);
  void test_finished(const TestResult& result);

  /// Seconds; nothing as long as the times of fewer than half of the tests are known.
  std::optional<double> seconds(const Progress& progress) const;

 private:
  /// In seconds times threads: of the test if known, else the mean of the known tests.
  double work_of(const PlannedTest& test) const;
  double places_of(const PlannedTest& test) const;

  int jobs_ = 1;
  bool is_known_ = false;
  double mean_ = 0;
  /// Sum over the tests that have not ended.
  double work_ = 0;
  /// Sums over those that have: as expected, and as measured.
  double expected_ = 0;
  double spent_ = 0;
};

}  // namespace roundtrip
