#pragma once

#include <filesystem>

#include "runner/history/store.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// Adds the run to the history when it is over. What goes wrong with that is a warning on the
/// error stream: it costs the history, never the run.
class HistoryRecorder final : public Reporter {
 public:
  /// `folder` is the configuration's history folder.
  HistoryRecorder(std::filesystem::path folder, Environment environment, PlanPart part,
                  const Retention& retention);

  void test_finished(const TestResult& result) override;
  void run_finished(const RunResults& results) override;

 private:
  std::filesystem::path folder_;
  Environment environment_;
  PlanPart part_;
  Retention retention_;
  HistoryStore::EndTimes ended_;
};

}  // namespace roundtrip
