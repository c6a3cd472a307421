#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runner/plan/facts.h"
#include "runner/results/reporter.h"

namespace roundtrip {

/// What a journal tells of the last run, and of those that went on with it.
struct Journal {
  /// Whether there is one at all.
  bool exists = false;
  /// What its results depend on, by run.
  RunFacts facts;
  /// The ids of the tests that were to be run.
  std::set<std::string> planned;
  /// Records by test id, as text.
  std::map<std::string, std::string> records;

  /// Whether each test that was to be run has a result.
  bool is_complete() const;

  /// The result of the test; nothing when the run did not get to it.
  std::optional<TestResult> result_of(const PlannedTest& test) const;
};

/// Reads a journal; a line that was cut off by a crash is left out.
Journal read_journal(const std::filesystem::path& file);

/// Writes each result to a file at once, a JSON record a line, so that a run that is killed
/// loses no finished test. Before them stands what the run plans, and what its results depend
/// on; a run that goes on with another adds what it plans beside that.
class JournalReporter final : public Reporter {
 public:
  /// Begins the file anew, or goes on with what it holds: `earlier`, unless that is null. Throws
  /// Error when it cannot be written, or when another run writes it now.
  JournalReporter(const std::filesystem::path& file, const std::vector<PlannedTest>& plan,
                  const RunFacts& facts, const Journal* earlier);

  void test_finished(const TestResult& result) override;

 private:
  void write(const std::string& line);
  void write_plan(const std::vector<PlannedTest>& plan, const RunFacts& facts,
                  const Journal& earlier);

  std::unique_ptr<std::FILE, decltype(&std::fclose)> file_;
};

}  // namespace roundtrip
