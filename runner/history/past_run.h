#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runner/plan/shard.h"
#include "runner/report/environment.h"
#include "runner/results/results.h"

namespace roundtrip {

/// A run that is over, as the history or a JSON report tells of it, without its results.
struct PastRun {
  /// In the history, where runs count from 1 in the order in which they ended; 0 in a report.
  std::int64_t number = 0;
  /// "run 12", or the report's path.
  std::string name;
  std::chrono::system_clock::time_point started;
  double seconds = 0;
  int jobs = 1;
  std::size_t planned = 0;
  std::size_t results = 0;
  std::size_t bad = 0;
  /// What ended it before every test was run: "interrupted", ...; empty when nothing did.
  std::string cut_short;
  Environment environment;
  PlanPart part;
};

/// How a test ended in a run. Of its repetitions the worst counts.
struct PastResult {
  std::string id;    ///< `PlannedTest::base_id`
  std::string cell;  ///< the name of its run in the configuration
  Outcome outcome = Outcome::passed;
  bool is_bad = false;
  bool is_quarantined = false;
  double seconds = 0;  ///< of the last attempt
  std::string message;
  /// The settings in force, as a line of JSON; shared by the tests that have the same.
  std::shared_ptr<const std::string> settings;
};

/// By id, each once.
using PastResults = std::vector<PastResult>;

/// Sorts them, and joins the repetitions of a test to one.
void join_repetitions(PastResults& results);

/// The texts of settings, each made once.
class SettingsTexts {
 public:
  std::shared_ptr<const std::string> of(const TestSettings& settings);

 private:
  std::vector<std::pair<TestSettings, std::shared_ptr<const std::string>>> texts_;
};

/// What the history keeps of a result.
PastResult past_result(const TestResult& result, SettingsTexts& texts);

/// Whether both chose their tests in the same way, so that what one lacks has come or gone.
bool are_alike(const PastRun& a, const PastRun& b);

/// Null when there is none of that id.
const PastResult* find_result(const PastResults& results, const std::string& id);

/// What a run came to; its place in the history is not known yet.
PastRun past_run(const RunResults& results, const Environment& environment, const PlanPart& part);

/// The results of a run that is over, one for each test.
PastResults past_results(const RunResults& results);

}  // namespace roundtrip
